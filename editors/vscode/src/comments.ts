// Review comments as threads beside the code.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { Failure } from './failure.ts';
import type { Comment, CommentList, CommentThread } from './protocol.ts';
import type { Server } from './server.ts';
import { labelOf, safe } from './threadText.ts';

/** A comment that is being written, and is nowhere yet. */
export interface Draft extends vscode.Comment {
  thread?: vscode.CommentThread;
}

export class Comments implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController('airside', 'airside');
  private readonly threads = new Map<string, vscode.CommentThread>();
  private readonly ids = new WeakMap<vscode.CommentThread, string>();
  private readonly told = new WeakMap<vscode.CommentThread, string>(); // what each shows, as JSON
  private readonly placed = new WeakMap<vscode.CommentThread, number>(); // in which version of its document
  private readonly subscriptions: { dispose(): unknown }[];
  private running = Promise.resolve();
  private inviting = false;
  private opened = ''; // the thread that was begun last
  private readonly drafts = new Set<Draft>();
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
    this.controller.options = { prompt: vscode.l10n.t('Reply…'), placeHolder: vscode.l10n.t('What should the next person know?') };
    this.subscriptions = [
      this.controller,
      server.onStart((client) => { this.attach(client); }),
      server.onChange(() => { this.invite(); }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.refresh()),
      vscode.workspace.onDidSaveTextDocument((document) => { this.place(document); }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (!document.isDirty) {
          this.place(document); // read anew from the disk
        }
      }),
    ];
  }

  /** Begins a thread at the selection, also where VS Code draws no bar to click at. */
  begin(): void {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.scheme !== 'file') {
      throw new Failure(vscode.l10n.t('open the file that is to be commented on.'));
    }
    if (!this.possible()) {
      throw new Failure(vscode.l10n.t('there are no comments here: the folder has to be trusted, and in a git repository.'));
    }
    const { start, end } = editor.selection;
    const last = end.character === 0 ? Math.max(start.line, end.line - 1) : end.line; // whole lines end where the next begins
    // The form of an answer would open without the focus, and whoever does not see it
    // would type into the code. A comment that is being edited has it.
    const draft: Draft = { author: { name: vscode.l10n.t('You') }, body: '', mode: vscode.CommentMode.Editing, contextValue: 'draft' };
    draft.thread = this.controller.createCommentThread(editor.document.uri, new vscode.Range(start.line, 0, last, 0), [draft]);
    draft.thread.label = start.line === last ? vscode.l10n.t('New comment on line {0}', last + 1) : vscode.l10n.t('New comment on lines {0} to {1}', start.line + 1, last + 1);
    draft.thread.contextValue = 'draft';
    draft.thread.canReply = false;
    draft.thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    this.drafts.add(draft);
  }

  /** Adds the comment that was begun, as it is written now. */
  async save(draft: Draft): Promise<void> {
    const text = typeof draft.body === 'string' ? draft.body : draft.body.value;
    if (draft.thread !== undefined && text.trim() !== '') {
      await this.add({ thread: draft.thread, text });
      this.drafts.delete(draft);
    }
  }

  /** Drops a comment that was begun; without one, the only one that there is. */
  async discard(draft?: Draft): Promise<void> {
    const [only, another] = this.drafts;
    const gone = draft ?? (another === undefined ? only : undefined);
    if (gone !== undefined) {
      this.drafts.delete(gone);
      gone.thread?.dispose();
      await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
    } else {
      await vscode.commands.executeCommand('workbench.action.hideComment');
    }
  }

  async add(reply: vscode.CommentReply): Promise<void> {
    const { uri, range } = reply.thread;
    const lines = { start: { line: range.start.line, character: 0 }, end: { line: range.end.line + 1, character: 0 } };
    const { thread } = await this.server.execute<{ thread: string }>('airside.comment.add', { uri: uri.toString(), range: lines, body: reply.text });
    reply.thread.dispose(); // the server's own takes its place
    this.opened = thread;
    await this.refresh();
    // The server may have told of it before its answer came, and then it was made folded up.
    const made = this.threads.get(thread);
    if (made !== undefined && made.collapsibleState !== vscode.CommentThreadCollapsibleState.Expanded) {
      made.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    }
    await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup'); // where one was before
  }

  async reply(reply: vscode.CommentReply): Promise<void> {
    await this.onThread('airside.comment.reply', reply.thread, { body: reply.text });
  }

  async resolve(thread: vscode.CommentThread): Promise<void> {
    await this.onThread('airside.comment.resolve', thread);
  }

  async reopen(thread: vscode.CommentThread): Promise<void> {
    await this.onThread('airside.comment.reopen', thread);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
  }

  /**
   * Has VS Code draw its bar to click at beside the lines where comments travel to
   * others, and nowhere else: it stands in every file.
   */
  private invite(): void {
    const travels = this.possible() && !['', 'disabled'].includes(this.server.status?.sync.state ?? '');
    if (travels === this.inviting) {
      return;
    }
    this.inviting = travels;
    this.controller.commentingRangeProvider = travels
      ? { provideCommentingRanges: (document) => (document.uri.scheme === 'file' ? [new vscode.Range(0, 0, Math.max(0, document.lineCount - 1), 0)] : []) }
      : { provideCommentingRanges: () => [] };
  }

  private possible(): boolean {
    return vscode.workspace.isTrusted && this.server.life.state === 'running' && this.server.commands.includes('airside.comment.list');
  }

  private attach(client: LanguageClient): void {
    client.onNotification('airside/commentsChanged', () => void this.refresh());
    void this.refresh();
  }

  private async onThread(command: string, thread: vscode.CommentThread, more: object = {}): Promise<void> {
    const id = this.ids.get(thread);
    if (id !== undefined) {
      await this.server.execute(command, { uri: thread.uri.toString(), thread: id, ...more });
      await this.refresh();
    }
  }

  /**
   * VS Code moves threads itself, by the edits that it sees: after a file was read anew
   * they stand anywhere, and in its list of comments they do not move at all.
   */
  private place(document: vscode.TextDocument): void {
    if ([...this.threads.values()].some((thread) => thread.uri.toString() === document.uri.toString())) {
      void this.refresh();
    }
  }

  /** Shows the threads as they are now, one look after the other. */
  private refresh(): Promise<void> {
    this.running = this.running.then(async () => {
      try {
        const list = this.possible() ? await this.server.execute<CommentList>('airside.comment.list', {}) : { threads: [] };
        this.show(list.threads);
      } catch (error) {
        // A folder without a repository has none. Nobody asked.
        this.server.log.debug(`comments: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
    return this.running;
  }

  private show(list: readonly CommentThread[]): void {
    const gone = new Set(this.threads.keys());
    const versions = new Map(vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document.version]));
    for (const told of list) {
      gone.delete(told.id);
      let thread = this.threads.get(told.id);
      const { start, end } = told.range;
      const range = new vscode.Range(start.line, start.character, end.line, end.character);
      if (thread?.uri.toString() !== vscode.Uri.parse(told.uri).toString()) {
        thread?.dispose();
        // With its comments: one that begins empty has its answer's form open.
        thread = this.controller.createCommentThread(vscode.Uri.parse(told.uri), range, told.comments.map(shown));
        if (told.id === this.opened) {
          thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
        }
        this.threads.set(told.id, thread);
        this.ids.set(thread, told.id);
      }
      const whole = JSON.stringify(told);
      const version = versions.get(thread.uri.toString());
      const moved = version !== undefined && this.placed.get(thread) !== version;
      if (version !== undefined) {
        this.placed.set(thread, version);
      }
      if (this.told.get(thread) === whole) {
        // VS Code would draw the rest again, and fold up what somebody has just opened.
        if (moved) {
          placeAnew(thread, range);
        }
        continue;
      }
      this.told.set(thread, whole);
      placeAnew(thread, range);
      thread.label = labelOf(told);
      thread.state = told.resolved ? vscode.CommentThreadState.Resolved : vscode.CommentThreadState.Unresolved;
      thread.contextValue = told.resolved ? 'resolved' : 'open';
      thread.canReply = true;
      thread.comments = told.comments.map(shown);
    }
    for (const id of gone) {
      this.threads.get(id)?.dispose();
      this.threads.delete(id);
    }
  }
}

/** Sets a range also where it is the one that was set before: VS Code has moved the thread since, and takes that for no news. */
function placeAnew(thread: vscode.CommentThread, range: vscode.Range): void {
  thread.range = new vscode.Range(range.start, range.end.translate(1));
  thread.range = range;
}

function shown(comment: Comment): vscode.Comment {
  const body = new vscode.MarkdownString(safe(comment.redacted ? vscode.l10n.t('*redacted*') : comment.body));
  return {
    body,
    mode: vscode.CommentMode.Preview,
    author: { name: comment.author },
    timestamp: new Date(comment.time),
    ...(comment.verified ? {} : { label: vscode.l10n.t('not signed') }),
    ...(comment.edited ? { label: vscode.l10n.t('edited') } : {}),
  };
}
