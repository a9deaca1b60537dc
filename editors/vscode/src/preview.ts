// An edit before it is made: beside the text as it is, with one key to make it.
//
// VS Code's own preview of refactorings would do, but for this: a change that has to
// be confirmed stands there unticked, and is not in the difference that it shows.
import * as vscode from 'vscode';
import { edited } from './edits.ts';
import { Failure } from './failure.ts';
import type { PreviewArguments } from './protocol.ts';
import type { Server } from './server.ts';

const scheme = 'airside-preview';

interface Shown {
  document: vscode.TextDocument;
  version: number;
  edits: vscode.TextEdit[];
  /** The document as it would be. */
  uri: vscode.Uri;
  text: string;
}

export class Preview implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private shown: Shown | undefined;
  private hint: vscode.Disposable | undefined; // while a preview is in view
  private count = 0; // each has an address of its own: VS Code keeps what it has read at one

  constructor(private readonly server: Server) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: (uri) => (uri.toString() === this.shown?.uri.toString() ? this.shown.text : '') }),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        if (closed.some(isPreview)) {
          this.shown = undefined;
        }
        this.tell();
      }),
      vscode.window.tabGroups.onDidChangeTabGroups(() => { this.tell(); }),
    ];
  }

  /** Shows an edit of one document, as the server gives it with a code action. */
  async show({ title, edit }: PreviewArguments): Promise<void> {
    const [entry] = (await this.server.running().protocol2CodeConverter.asWorkspaceEdit(edit)).entries();
    if (entry === undefined) {
      return;
    }
    const document = await vscode.workspace.openTextDocument(entry[0]);
    const edits = entry[1];
    const text = edited(document.getText(), edits.map(({ range, newText }) => ({ start: document.offsetAt(range.start), end: document.offsetAt(range.end), text: newText })));
    // A tab of its own: as a preview it would take the place of the file that is looked at.
    const uri = document.uri.with({ scheme, query: String(++this.count) });
    await this.close();
    this.shown = { document, version: document.version, edits, uri, text };
    const [first] = edits;
    await vscode.commands.executeCommand('vscode.diff', document.uri, uri, title, {
      preview: false, ...(first ? { selection: new vscode.Range(first.range.start, first.range.start) } : {}),
    } satisfies vscode.TextDocumentShowOptions);
  }

  /** Makes the edit that is shown; one undo takes it back. */
  async apply(): Promise<void> {
    const { shown } = this;
    if (shown === undefined) {
      return;
    }
    const { edits, version } = shown;
    // Shown first: the difference may be all that holds the document open.
    const editor = await vscode.window.showTextDocument(shown.document.uri, { preview: false });
    const { document } = editor;
    await this.close();
    if (document !== shown.document || document.version !== version) {
      throw new Failure(vscode.l10n.t('the file has changed meanwhile, so nothing was done. Choose the fix once more.'));
    }
    const edit = new vscode.WorkspaceEdit();
    edit.set(document.uri, edits);
    await vscode.workspace.applyEdit(edit);
    const [first] = edits;
    if (first) {
      editor.selection = new vscode.Selection(first.range.start, first.range.start);
      editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  /** Takes the preview off the screen. */
  async close(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(isPreview);
    this.shown = undefined;
    if (tabs.length > 0) {
      await vscode.window.tabGroups.close(tabs);
    }
  }

  dispose(): void {
    this.hint?.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Says how it goes on from here, and has the keys for it, while a preview is in view. */
  private tell(): void {
    const active = vscode.window.tabGroups.activeTabGroup.activeTab;
    const previewing = active !== undefined && isPreview(active);
    if (previewing !== (this.hint !== undefined)) {
      void vscode.commands.executeCommand('setContext', 'airside.previewing', previewing);
      this.hint?.dispose();
      this.hint = previewing ? vscode.window.setStatusBarMessage(process.platform === 'darwin'
        ? vscode.l10n.t('Cmd+Enter makes this change, Escape leaves the text as it is')
        : vscode.l10n.t('Ctrl+Enter makes this change, Escape leaves the text as it is')) : undefined;
    }
  }
}

function isPreview(tab: vscode.Tab): boolean {
  return tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.scheme === scheme;
}
