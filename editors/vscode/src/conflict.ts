// VS Code's merge editor on a file that git is merging.
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';

/** What is used of the API of VS Code's own git extension (version 1). */
export interface Git {
  toGitUri(uri: vscode.Uri, ref: string): vscode.Uri;
  getRepository(uri: vscode.Uri): Repository | null;
  openRepository(root: vscode.Uri): Promise<Repository | null>;
}

interface Repository {
  readonly rootUri: vscode.Uri;
  readonly state: { readonly mergeChanges: readonly { readonly uri: vscode.Uri }[] };
  status(): Promise<void>;
  getCommit(ref: string): Promise<{ readonly parents: readonly string[] }>;
  diffBetween(ref1: string, ref2: string): Promise<readonly { readonly uri: vscode.Uri; readonly originalUri: vscode.Uri }[]>;
}

/** Opens the conflict in a file, its path relative to the work tree that a folder lies in. */
export async function openConflict(at: vscode.Uri, path: string): Promise<void> {
  const git = await api();
  const repository = git?.getRepository(at) ?? (await git?.openRepository(vscode.Uri.file(worktree(at.fsPath))));
  const file = vscode.Uri.file(join(repository?.rootUri.fsPath ?? worktree(at.fsPath), path));
  await repository?.status(); // git's extension has to know of the merge
  if (repository?.state.mergeChanges.some((change) => change.uri.fsPath === file.fsPath) === true) {
    await vscode.commands.executeCommand('git.openMergeEditor', file);
  } else {
    // Without git's extension, or for a file that one side has deleted.
    await vscode.window.showTextDocument(file);
  }
}

export async function api(): Promise<Git | undefined> {
  const extension = vscode.extensions.getExtension<{ readonly enabled: boolean; getAPI(version: 1): Git }>('vscode.git');
  const exports = await extension?.activate();
  return exports?.enabled === true ? exports.getAPI(1) : undefined;
}

function worktree(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) {
      return at;
    }
    if (dirname(at) === at) {
      return folder;
    }
  }
}
