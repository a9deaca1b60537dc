// Tells the server where the cursor rests: what would be asked there it reads before.
import * as vscode from 'vscode';

/** How long the cursor has to rest, in milliseconds. */
const rest = 150;

export class Rests implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (params: unknown) => void) {
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection(() => { this.moved(); }),
      vscode.window.onDidChangeActiveTextEditor(() => { this.moved(); }),
      vscode.workspace.onDidChangeTextDocument(() => { clearTimeout(this.timer); }), // somebody types: there is a request
    ];
  }

  private moved(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const editor = vscode.window.activeTextEditor;
      if (editor && ['file', 'untitled', 'vscode-notebook-cell'].includes(editor.document.uri.scheme)) {
        const { line, character } = editor.selection.active;
        this.tell({ textDocument: { uri: editor.document.uri.toString() }, position: { line, character } });
      }
    }, rest);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const s of this.subscriptions) {
      s.dispose();
    }
  }
}
