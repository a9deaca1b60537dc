// What became of the latest requests for a suggestion.
import * as vscode from 'vscode';
import type { Trace } from './protocol.ts';
import type { Server } from './server.ts';
import { render } from './traces.ts';

const scheme = 'airside';
const uri = vscode.Uri.from({ scheme, path: `/${vscode.l10n.t('Why no suggestion')}.md` });

export class Why implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  private text = '';

  constructor(private readonly server: Server) {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: this.changed.event,
      provideTextDocumentContent: () => this.text,
    });
  }

  async show(): Promise<void> {
    this.text = render((await this.server.execute<Trace[] | null>('airside.why')) ?? []);
    this.changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
