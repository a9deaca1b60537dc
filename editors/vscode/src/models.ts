// Choosing who answers.
import * as vscode from 'vscode';
import { Failure } from './failure.ts';
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
  if (!models || models.length === 0) {
    throw new Failure('there is no model to choose from.', { Doctor: () => vscode.commands.executeCommand('airside.doctor') });
  }
  const entries = models.map((model) => ({
    label: `${model.current ? '$(check) ' : ''}${model.model}`,
    description: model.backend,
    detail: model.why,
    model,
  }));
  const picked = await vscode.window.showQuickPick(entries, {
    title: 'airside: choose a model',
    placeHolder: 'Who answers?',
    matchOnDescription: true,
  });
  if (picked && !picked.model.current) {
    const { backend, model } = picked.model;
    await server.execute(command, { backend, model }, `Changing to ${model}`);
  }
}
