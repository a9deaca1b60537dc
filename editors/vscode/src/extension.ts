// What VS Code loads while it starts: next to nothing. All else is client.ts.
import * as vscode from 'vscode';
import type { App } from './client.ts';

interface Manifest {
  contributes: { commands: { command: string }[] };
}

let app: Promise<App> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const load = (): Promise<App> => (app ??= import('./client.js').then(({ start }) => start(context)));
  for (const { command } of (context.extension.packageJSON as Manifest).contributes.commands) {
    context.subscriptions.push(
      vscode.commands.registerCommand(command, async (...args: unknown[]) => (await load()).run(command, args)),
    );
  }
  // After this call: its time is what VS Code's start waits for.
  const soon = setTimeout(() => void load(), 0);
  context.subscriptions.push({ dispose: () => { clearTimeout(soon); } });
}

export async function deactivate(): Promise<void> {
  await (await app)?.stop();
}
