// Choosing who answers.
import * as vscode from 'vscode';
import { Failure } from './failure.ts';
import { listed } from './modelList.ts';
import type { Model } from './protocol.ts';
import type { Server } from './server.ts';

const command = 'airside.model.select';

export async function chooseModel(server: Server): Promise<void> {
  server.running();
  if (!server.commands.includes(command)) {
    throw new Failure('this server cannot change its model while it runs; the settings name one.', {
      'Open settings': () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:airside-ls.airside model'),
    });
  }
  const models = await server.execute<Model[] | null>(command, undefined, 'Looking for models');
  const picked = await vscode.window.showQuickPick(listed(models ?? []), {
    title: 'airside: choose a model',
    placeHolder: 'Who answers?',
    matchOnDescription: true,
  });
  const chosen = picked?.choice;
  if (chosen === undefined) {
    return;
  }
  await server.execute(command, { backend: chosen.backend, model: chosen.model }, `Changing to ${chosen.model === '' ? 'the best there is' : chosen.model}`);
  const settings = Object.entries(chosen.settings ?? {});
  if (settings.length === 0) {
    return;
  }
  const keep = 'Keep for good';
  const answer = await vscode.window.showInformationMessage(`airside: ${chosen.model} answers in this window until it is closed.`, keep);
  if (answer === keep) {
    for (const [name, value] of settings) {
      await vscode.workspace.getConfiguration('airside').update(name, value, vscode.ConfigurationTarget.Global);
    }
  }
}
