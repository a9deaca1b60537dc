// The item in the status bar.
import * as vscode from 'vscode';
import type { Pause } from './pause.ts';
import type { Server } from './server.ts';
import { describe } from './statusText.ts';

/** Milliseconds that a model is busy before it shows: most answers are there by then. */
const busyAfter = 300;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('airside', vscode.StatusBarAlignment.Right, 100);
  private readonly subscriptions: { dispose(): unknown }[];
  private later: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly pause: Pause,
  ) {
    this.item.name = 'airside';
    this.item.command = 'airside.menu';
    this.subscriptions = [this.item, server.onChange(() => { this.update(); }), pause.onChange(() => { this.update(); })];
    this.update();
    this.item.show();
  }

  private update(): void {
    clearTimeout(this.later);
    this.later = undefined;
    if (this.server.status?.completion.state === 'busy') {
      this.later = setTimeout(() => { this.draw(); }, busyAfter);
      return;
    }
    this.draw();
  }

  private draw(): void {
    const { life, status } = this.server;
    const line = describe({ life, status, paused: this.pause.state, trusted: vscode.workspace.isTrusted });
    const tooltip = new vscode.MarkdownString(line.tooltip, true);
    tooltip.isTrusted = { enabledCommands: ['airside.chooseModel', 'airside.doctor'] };
    // VS Code has it turn also for those who want nothing to move.
    const still = vscode.workspace.getConfiguration('workbench').get('reduceMotion') === 'on';
    this.item.text = still ? line.text.replaceAll('$(loading~spin)', '$(ellipsis)') : line.text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: line.label };
    this.item.backgroundColor =
      line.alarm === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${line.alarm}Background`);
    const context = (name: string, value: unknown): void => void vscode.commands.executeCommand('setContext', `airside.${name}`, value);
    context('ready', status?.completion.state === 'ready' || status?.completion.state === 'busy');
    context('realModel', status !== undefined && !['', 'builtin'].includes(status.completion.backend));
    context('syncing', status !== undefined && !['', 'disabled'].includes(status.sync.state));
    context('conflict', status?.sync.state === 'CONFLICT');
    context('paused', this.pause.state !== 'no' || status?.completion.state === 'paused');
  }

  dispose(): void {
    clearTimeout(this.later);
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
  }
}
