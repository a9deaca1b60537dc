// Choosing who answers.
import * as vscode from 'vscode';
import { Failure } from './failure.ts';
import { listed } from './modelList.ts';
import type { Model } from './protocol.ts';
import { quickIcons } from './quickIcons.ts';
import type { Server } from './server.ts';

const command = 'airside.model.select';

export async function chooseModel(server: Server): Promise<void> {
  server.running();
  if (!server.commands.includes(command)) {
    throw new Failure(vscode.l10n.t('this server cannot change its model while it runs; the settings name one.'), {
      [vscode.l10n.t('Open settings')]: () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:airside-ls.airside model'),
    });
  }
  const models = await server.execute<Model[] | null>(command, undefined, vscode.l10n.t('Looking for models'));
  const picked = await vscode.window.showQuickPick(quickIcons(listed(models ?? [])), {
    title: vscode.l10n.t('airside: choose a model'),
    placeHolder: vscode.l10n.t('Who answers?'),
    matchOnDescription: true,
  });
  if (picked?.absent) {
    throw new Failure(vscode.l10n.t('{0} cannot answer now. {1}', picked.absent.backend, sentence(picked.absent.why)), {
      [vscode.l10n.t('Look again')]: () => vscode.commands.executeCommand('airside.chooseModel'),
      [vscode.l10n.t('Open settings')]: () => vscode.commands.executeCommand('workbench.action.openSettings', `@ext:airside-ls.airside ${picked.absent?.backend ?? ''}`),
    });
  }
  const chosen = picked?.choice;
  if (chosen === undefined) {
    return;
  }
  await server.execute(command, { backend: chosen.backend, model: chosen.model }, chosen.model === '' ? vscode.l10n.t('Changing to the best there is') : vscode.l10n.t('Changing to {0}', chosen.model));
  const settings = Object.entries(chosen.settings ?? {});
  if (settings.length === 0) {
    return;
  }
  const keep = vscode.l10n.t('Keep for good');
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t('airside: {0} answers in this window until it is closed.', chosen.model), keep);
  if (answer === keep) {
    for (const [name, value] of settings) {
      await vscode.workspace.getConfiguration('airside').update(name, value, vscode.ConfigurationTarget.Global);
    }
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
