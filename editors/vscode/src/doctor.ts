// What "airside doctor" says, as a document. A task or a terminal would say it as well,
// and ask for trust first; the doctor runs nothing that a folder names.
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import type { Server } from './server.ts';
import { folder } from './sync.ts';
import { words } from './words.ts';

const uri = vscode.Uri.from({ scheme: 'airside-doctor', path: '/Doctor' });

export class Doctor implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  private text = '';

  constructor(private readonly server: Server) {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(uri.scheme, {
      onDidChange: this.changed.event,
      provideTextDocumentContent: () => this.text,
    });
  }

  async show(): Promise<void> {
    const { text, ready } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('airside: looking whether everything is ready'), cancellable: true },
      (_, token) => this.run(token),
    );
    this.text = text;
    this.changed.fire(uri);
    void vscode.commands.executeCommand('setContext', 'airside.readyToFly', ready);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  private run(token: vscode.CancellationToken): Promise<{ text: string; ready: boolean }> {
    const { path, env } = this.server.program();
    const cwd = folder()?.fsPath;
    return new Promise((resolve, reject) => {
      const child = execFile(path, ['doctor', '--words', JSON.stringify(words())], { env: { ...process.env, ...env, LANGUAGE: vscode.env.language, LC_ALL: `${vscode.env.language}.UTF-8`, NO_COLOR: '1' }, ...(cwd === undefined ? {} : { cwd }) }, (error, stdout, stderr) => {
        if (token.isCancellationRequested) {
          reject(new vscode.CancellationError());
        } else if (stdout === '' && error) {
          reject(new Error(stderr.trim() === '' ? error.message : stderr.trim()));
        } else {
          resolve({ text: stdout + stderr, ready: error === null });
        }
      });
      token.onCancellationRequested(() => child.kill());
    });
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
