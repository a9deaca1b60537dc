// Whether suggestions are made: in this window, at all, and for how long not.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { ExecuteCommandRequest } from 'vscode-languageclient/node';

const key = 'paused';

export class Pause implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  /** Arguments of airside.snooze, for a server that is started anew. */
  private snoozed: { until: string } | { untilRestart: true } | undefined;

  constructor(private readonly context: vscode.ExtensionContext) {
    this.subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('airside.completion.enabled')) {
        this.changed.fire();
      }
    });
  }

  get state(): 'no' | 'here' | 'everywhere' {
    if (!vscode.workspace.getConfiguration('airside').get<boolean>('completion.enabled', true)) {
      return 'everywhere';
    }
    return this.context.workspaceState.get<boolean>(key, false) ? 'here' : 'no';
  }

  /** Pauses this window. Nothing is written into the folder's own settings. */
  async here(): Promise<void> {
    await this.context.workspaceState.update(key, true);
    this.changed.fire();
  }

  async everywhere(): Promise<void> {
    await vscode.workspace.getConfiguration('airside').update('completion.enabled', false, vscode.ConfigurationTarget.Global);
  }

  /** Pauses this window for so many minutes, undefined for until it is loaded anew. The server ends it. */
  async for(client: LanguageClient, minutes: number | undefined): Promise<void> {
    this.snoozed = minutes === undefined ? { untilRestart: true } : { until: new Date(Date.now() + minutes * 60_000).toISOString() };
    await this.goOn(client);
  }

  /** Has a server that was started anew know of a pause. */
  async goOn(client: LanguageClient): Promise<void> {
    if (this.snoozed) {
      await client.sendRequest(ExecuteCommandRequest.type, { command: 'airside.snooze', arguments: [this.snoozed] });
    }
  }

  async resume(client: LanguageClient | undefined): Promise<void> {
    const { snoozed } = this;
    this.snoozed = undefined;
    await this.context.workspaceState.update(key, undefined);
    const config = vscode.workspace.getConfiguration('airside');
    const found = config.inspect<boolean>('completion.enabled');
    if (found?.globalValue === false) {
      await config.update('completion.enabled', undefined, vscode.ConfigurationTarget.Global);
    }
    if (found?.workspaceValue === false) {
      await config.update('completion.enabled', undefined, vscode.ConfigurationTarget.Workspace);
    }
    this.changed.fire();
    // Last: a server that does not answer keeps nobody paused, nor does one that knows of no pauses.
    const knows = client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes('airside.snooze') === true;
    if (client && (snoozed || knows)) {
      await client.sendRequest(ExecuteCommandRequest.type, { command: 'airside.snooze', arguments: [{ minutes: 0 }] });
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
