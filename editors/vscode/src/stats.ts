// "How It Does": what became of suggestions, as a page.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Stats } from './protocol.ts';
import type { Server } from './server.ts';
import { statsPage } from './statsPage.ts';

const commands = ['airside.showStats', 'airside.resetStats', 'airside.undoResetStats'];

export class StatsPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;

  constructor(private readonly server: Server) {}

  /** Shows the page as it is now. */
  async show(): Promise<void> {
    this.draw(await this.server.execute<Stats>('airside.stats'));
    this.panel?.reveal();
  }

  /** Begins to count anew, once the user has said so. */
  async reset(): Promise<void> {
    const yes = vscode.l10n.t('Begin to count anew');
    const detail = vscode.l10n.t('What was counted is put aside, and can be taken back until the next reset. How fast models are stays known.');
    if ((await vscode.window.showWarningMessage(vscode.l10n.t('Reset the statistics of airside?'), { modal: true, detail }, yes)) === yes) {
      this.draw(await this.server.execute<Stats>('airside.stats', { reset: true }));
    }
  }

  async undo(): Promise<void> {
    this.draw(await this.server.execute<Stats>('airside.stats', { undo: true }));
  }

  private draw(stats: Stats): void {
    if (this.panel === undefined) {
      this.panel = vscode.window.createWebviewPanel('airside.stats', vscode.l10n.t('How It Does'), vscode.ViewColumn.Active, {
        enableCommandUris: commands,
        localResourceRoots: [],
      });
      this.panel.onDidDispose(() => { this.panel = undefined; });
    }
    this.panel.webview.html = statsPage(stats, randomBytes(16).toString('hex'));
  }

  dispose(): void {
    this.panel?.dispose();
  }
}
