// For how long, and where, there are no suggestions: what the menu asks.
import * as vscode from 'vscode';
import type { Pause } from './pause.ts';
import type { Switch } from './protocol.ts';
import { quickIcons } from './quickIcons.ts';
import type { Server } from './server.ts';

interface Choice extends vscode.QuickPickItem {
  run: () => unknown;
}

/** Asks for how long to pause, unless a keybinding has said so. */
export async function pauseFor(server: Server, pause: Pause, minutes: unknown): Promise<void> {
  if (typeof minutes === 'number' && minutes > 0) {
    await pause.for(server.running(), minutes);
    return;
  }
  const { t } = vscode.l10n;
  const choice = (icon: string, label: string, description: string, run: () => unknown): Choice =>
    ({ label: `$(${icon}) ${label}`, description, run });
  const choices = [
    choice('watch', t('For 5 minutes'), t('ends by itself'), () => pause.for(server.running(), 5)),
    choice('watch', t('For 30 minutes'), t('ends by itself'), () => pause.for(server.running(), 30)),
    choice('watch', t('For 1 hour'), t('ends by itself'), () => pause.for(server.running(), 60)),
    choice('debug-restart', t('Until restart'), t('until this window is loaded anew'), () => pause.for(server.running(), undefined)),
  ];
  const picked = await vscode.window.showQuickPick(quickIcons(choices), { title: t('airside: pause suggestions'), placeHolder: t('For how long?'), matchOnDescription: true });
  await picked?.run();
}

/** How the file in view stands: its language and the folder that it is in. */
export async function here(server: Server): Promise<Switch | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined || !['file', 'untitled', 'vscode-notebook-cell'].includes(document.uri.scheme) || !server.commands.includes('airside.switch')) {
    return undefined;
  }
  return server.execute<Switch>('airside.switch', { uri: document.uri.toString() });
}

/** Has the language or the folder of the file in view off, or on again: a setting of the user's. */
export async function turn(server: Server, what: 'language' | 'folder'): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const now = await here(server);
  if (document === undefined || now === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t('airside: open a file first: its language and folder are meant.'));
    return;
  }
  const on = what === 'language' ? !now.languageOn : !now.folderOn;
  const then = await server.execute<Switch>('airside.switch', { uri: document.uri.toString(), [what]: on });
  const config = vscode.workspace.getConfiguration('airside');
  for (const [name, value] of Object.entries(then.settings)) {
    const target = config.inspect(name)?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
    await config.update(name, value, target);
  }
  if (on && what === 'folder' && !then.folderOn) {
    const open = vscode.l10n.t('Open settings');
    const answer = await vscode.window.showInformationMessage(vscode.l10n.t('airside: the folder stays off, by {0} in completion.exclude.', then.by), open);
    if (answer === open) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'airside.completion.exclude');
    }
  }
}
