// The lines of open files that came in from teammates, marked for a while. The server
// says which, and until when.
import * as vscode from 'vscode';
import type { NewLines } from './protocol.ts';
import type { Server } from './server.ts';

export class NewLineMarks implements vscode.Disposable {
  private readonly told = new Map<string, NewLines['lines']>(); // by URI
  private readonly lines = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    gutterIconPath: bar('M2 0h3v16H2z'),
    gutterIconSize: 'contain',
    backgroundColor: new vscode.ThemeColor('diffEditor.insertedLineBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.addedForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
  private readonly removals = vscode.window.createTextEditorDecorationType({
    gutterIconPath: bar('M2 0h9v2H2z'),
    gutterIconSize: 'contain',
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.deletedForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
  private readonly names = vscode.window.createTextEditorDecorationType({});
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(server: Server) {
    this.subscriptions = [
      this.lines,
      this.removals,
      this.names,
      vscode.window.onDidChangeVisibleTextEditors((editors) => { this.draw(editors); }),
      server.onStart((client) => {
        client.onNotification('airside/newLines', (params: NewLines) => { this.take(params); });
        this.told.clear();
        this.draw(vscode.window.visibleTextEditors);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
  }

  private take({ uri, lines }: NewLines): void {
    const key = vscode.Uri.parse(uri).toString();
    if (lines.length === 0) {
      this.told.delete(key);
    } else {
      this.told.set(key, lines);
    }
    void vscode.commands.executeCommand('setContext', 'airside.marked', this.told.size > 0);
    this.draw(vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === key));
  }

  private draw(editors: readonly vscode.TextEditor[]): void {
    for (const editor of editors) {
      const told = this.told.get(editor.document.uri.toString()) ?? [];
      const last = editor.document.lineCount - 1;
      const added = told.filter(({ start, end }) => end > start);
      const hover = (message: string): vscode.MarkdownString => new vscode.MarkdownString().appendText(vscode.l10n.t('New from {0}', message));
      editor.setDecorations(
        this.lines,
        added.map(({ start, end, message }) => ({ range: new vscode.Range(Math.min(start, last), 0, Math.min(end - 1, last), 0), hoverMessage: hover(message) })),
      );
      editor.setDecorations(
        this.removals,
        told.filter(({ start, end }) => end === start).map(({ start, message }) => ({
          range: new vscode.Range(Math.min(start, last), 0, Math.min(start, last), 0),
          hoverMessage: new vscode.MarkdownString().appendText(vscode.l10n.t('Lines taken out here by {0}', message)),
        })),
      );
      editor.setDecorations(
        this.names,
        added.map(({ start, message }) => {
          const end = editor.document.lineAt(Math.min(start, last)).range.end;
          return {
            range: new vscode.Range(end, end),
            renderOptions: { after: { contentText: message, margin: '0 0 0 3em', color: new vscode.ThemeColor('editorCodeLens.foreground'), fontStyle: 'italic' } },
          };
        }),
      );
    }
  }
}

/** A picture for the gutter, green as new lines are everywhere. */
function bar(path: string): vscode.Uri {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><path fill="#2ea043" d="${path}"/></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
}
