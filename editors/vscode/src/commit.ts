// A message for what is staged, put into the box of VS Code's own Git extension.
import * as vscode from 'vscode';
import { Failure } from './failure.ts';
import type { CommitMessage } from './protocol.ts';
import type { Server } from './server.ts';

/** What is used of the interface that vscode.git exports (its version 1). */
interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
}

interface Git {
  getAPI(version: 1): { readonly repositories: Repository[] };
}

/** argument is the source control whose button was pressed, where it was one. */
export async function writeMessage(server: Server, argument: unknown): Promise<void> {
  const repository = await repositoryOf(argument);
  if (repository === undefined) {
    return;
  }
  const before = repository.inputBox.value;
  const result = await server.execute<CommitMessage | null>(
    'airside.commitMessage',
    { uri: repository.rootUri.toString() },
    vscode.l10n.t('Writing a commit message'),
  );
  if (result === null) {
    return;
  }
  if (result.message === '') {
    void vscode.window.showInformationMessage(`airside: ${result.note}`);
  } else if (repository.inputBox.value === before) { // else the user has gone on writing
    repository.inputBox.value = result.message.trimEnd();
  }
}

async function repositoryOf(argument: unknown): Promise<Repository | undefined> {
  const extension = vscode.extensions.getExtension<Git>('vscode.git');
  if (extension === undefined) {
    throw new Failure(vscode.l10n.t('the extension Git of VS Code is off, and it has the box for messages.'), {});
  }
  const { repositories } = (await extension.activate()).getAPI(1);
  const root = (argument as { rootUri?: vscode.Uri } | undefined)?.rootUri ?? vscode.window.activeTextEditor?.document.uri;
  const fits = repositories.filter((r) => root?.toString().startsWith(r.rootUri.toString()) === true);
  fits.sort((a, b) => b.rootUri.path.length - a.rootUri.path.length);
  if (fits[0] !== undefined || repositories.length < 2) {
    return fits[0] ?? repositories[0];
  }
  const picked = await vscode.window.showQuickPick(
    repositories.map((repository) => ({ label: vscode.workspace.asRelativePath(repository.rootUri), repository })),
    { placeHolder: vscode.l10n.t('For which repository?') },
  );
  return picked?.repository;
}
