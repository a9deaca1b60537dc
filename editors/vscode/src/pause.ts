// Whether suggestions are made: in this window, and at all.
import * as vscode from 'vscode';

const key = 'paused';

export class Pause implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private readonly subscription: vscode.Disposable;

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

  async resume(): Promise<void> {
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
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
