// Review comments as threads beside the code.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { Comment, CommentList, CommentThread } from './protocol.ts';
import type { Server } from './server.ts';
import { labelOf, safe } from './threadText.ts';

export class Comments implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController('airside', 'airside');
  private readonly threads = new Map<string, vscode.CommentThread>();
  private readonly ids = new WeakMap<vscode.CommentThread, string>();
  private readonly told = new WeakMap<vscode.CommentThread, string>(); // what each shows, as JSON
  private readonly subscriptions: { dispose(): unknown }[];
  private running = Promise.resolve();
  private opened = ''; // the thread that was begun last

  constructor(private readonly server: Server) {
    this.controller.options = { prompt: 'Reply…', placeHolder: 'What should the next person know?' };
    this.controller.commentingRangeProvider = {
      provideCommentingRanges: (document) =>
        this.possible() && document.uri.scheme === 'file' ? [new vscode.Range(0, 0, Math.max(0, document.lineCount - 1), 0)] : [],
    };
    this.subscriptions = [
      this.controller,
      server.onStart((client) => { this.attach(client); }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.refresh()),
      vscode.workspace.onDidSaveTextDocument((document) => { this.place(document); }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (!document.isDirty) {
          this.place(document); // read anew from the disk
        }
      }),
    ];
  }

  async add(reply: vscode.CommentReply): Promise<void> {
    const { uri, range } = reply.thread;
    const lines = { start: { line: range.start.line, character: 0 }, end: { line: range.end.line + 1, character: 0 } };
    const { thread } = await this.server.execute<{ thread: string }>('airside.comment.add', { uri: uri.toString(), range: lines, body: reply.text });
    reply.thread.dispose(); // the server's own takes its place
    this.opened = thread;
    await this.refresh();
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

  /** Threads move with edits beside the code, but not in VS Code's list of comments. */
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
      if (this.told.get(thread) === whole) {
        continue; // VS Code would draw it again, and fold up what somebody has just opened
      }
      this.told.set(thread, whole);
      thread.range = range;
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

function shown(comment: Comment): vscode.Comment {
  const body = new vscode.MarkdownString(safe(comment.redacted ? '*redacted*' : comment.body));
  return {
    body,
    mode: vscode.CommentMode.Preview,
    author: { name: comment.author },
    timestamp: new Date(comment.time),
    ...(comment.verified ? {} : { label: 'not signed' }),
    ...(comment.edited ? { label: 'edited' } : {}),
  };
}
