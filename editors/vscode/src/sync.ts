// Sync, for the user who asks for it. What goes on by itself shows in the
// status bar only.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { openConflict } from './conflict.ts';
import { Failure } from './failure.ts';
import type { Operation, SyncResult } from './protocol.ts';
import type { Server } from './server.ts';
import { entryOf } from './syncLog.ts';

/** The folder that a command is about: that of the file in view, else the first. */
export function folder(): vscode.Uri | undefined {
  const active = vscode.window.activeTextEditor?.document.uri;
  const own = active && vscode.workspace.getWorkspaceFolder(active)?.uri;
  return own ?? vscode.workspace.workspaceFolders?.[0]?.uri;
}

function here(): { uri?: string } {
  const uri = folder()?.toString();
  return uri === undefined ? {} : { uri };
}

function trusted(): void {
  if (!vscode.workspace.isTrusted) {
    throw new Failure('there is no sync in Restricted Mode: git runs programs that a repository names.', {
      'Manage trust': () => vscode.commands.executeCommand('workbench.trust.manage'),
    });
  }
}

export async function now(server: Server): Promise<void> {
  trusted();
  if (['', 'disabled'].includes(server.status?.sync.state ?? '')) {
    await enable(server, 'This repository does not take part in sync yet.');
    return;
  }
  told(await server.execute<SyncResult>('airside.sync.now', here(), 'Syncing'));
}

export async function enable(server: Server, why = ''): Promise<void> {
  trusted();
  const yes = 'Sync this branch';
  const answer = await vscode.window.showInformationMessage(
    `${why === '' ? '' : `${why} `}Keep the branch you are on in step with its remote?`,
    { modal: true, detail: 'Whenever the remote can be reached, airside fetches, merges and pushes. It never forces a push, and each step can be taken back.' },
    yes,
  );
  if (answer === yes) {
    const { branch } = await server.execute<SyncResult>('airside.sync.enable', here(), 'Opting in');
    void vscode.window.showInformationMessage(`airside: ${branch === '' ? 'this branch' : branch} is kept in step with its remote from now on.`);
  }
}

export async function disable(server: Server): Promise<void> {
  await server.execute<SyncResult>('airside.sync.disable', here(), 'Opting out');
  void vscode.window.showInformationMessage('airside: this repository is not synced any more.');
}

/** Says how a sync ended. What waits for the user the server tells by itself, but a conflict. */
function told(result: SyncResult, otherwise = 'nothing to do.'): void {
  if (result.state === 'CONFLICT') {
    const resolveIt = 'Resolve in merge editor';
    void vscode.window
      .showWarningMessage(`airside: ${conflicting(result)}`, resolveIt)
      .then((way) => (way === resolveIt ? vscode.commands.executeCommand('airside.syncResolve') : undefined));
  } else if (['OFFLINE', 'PORTAL', 'BACKOFF'].includes(result.state)) {
    vscode.window.setStatusBarMessage(`airside: ${result.message}`, 8_000); // never a popup
  } else if (!['AUTH', 'REJECTED', 'REWOUND', 'BUSY'].includes(result.state)) {
    void vscode.window.showInformationMessage(`airside: ${result.message === '' ? otherwise : result.message}`);
  }
}

/** The server's message names a command line, where there is a button here. */
function conflicting(result: SyncResult): string {
  const [first, ...others] = new Set(result.conflicts.map((conflict) => conflict.path));
  if (first === undefined) {
    return 'a conflict waits for you.';
  }
  const files = others.length === 0 ? first : `${first} and ${others.length} more`;
  return `${files} changed here and at the remote. Both versions are kept until you merge them.`;
}

/** Starts the merge of a parked conflict, and opens VS Code's merge editor on it. */
export async function resolve(server: Server): Promise<void> {
  trusted();
  const result = await server.execute<SyncResult>('airside.sync.resolve', here(), 'Starting the merge');
  const at = folder();
  // A file with several conflicts is listed for each.
  const [first, ...others] = new Set(result.conflicts.map((conflict) => conflict.path));
  if (at === undefined || first === undefined) {
    void vscode.window.showInformationMessage(`airside: ${result.message === '' ? 'there is no conflict.' : result.message}`);
    return;
  }
  await openConflict(at, first);
  if (others.length > 0) {
    void vscode.window.showInformationMessage(
      `airside: ${others.length + 1} files conflict; they are listed under Merge Changes in Source Control.`,
    );
  }
}

/** Lists what sync has done, to take one of it back. */
export async function log(server: Server): Promise<void> {
  trusted();
  const cwd = folder()?.fsPath;
  if (cwd === undefined) {
    throw new Failure('open a folder first.');
  }
  const { path, env } = server.program();
  const { stdout } = await promisify(execFile)(path, ['sync', 'log', '--json'], { cwd, env: { ...process.env, ...env } }).catch(
    (error: unknown) => {
      throw new Failure((error as { stderr?: string }).stderr?.replace(/^airside: /, '').trim() ?? String(error));
    },
  );
  const operations = JSON.parse(stdout) as Operation[];
  if (operations.length === 0) {
    void vscode.window.showInformationMessage('airside: nothing has been synced yet.');
    return;
  }
  const time = Date.now();
  const picked = await vscode.window.showQuickPick(
    operations.map((operation) => ({ ...entryOf(operation, time), operation })),
    { title: 'airside: what sync has done', placeHolder: 'Choose what is to be taken back', matchOnDescription: true, matchOnDetail: true },
  );
  if (picked === undefined) {
    return;
  }
  const undo = 'Take it back';
  const sure = await vscode.window.showWarningMessage(
    `Take back: ${picked.description}?`,
    { modal: true, detail: 'The branch and your files go back to where they were before. What has been pushed stays at the remote.' },
    undo,
  );
  if (sure === undo) {
    told(await server.execute<SyncResult>('airside.sync.undo', { ...here(), operation: picked.operation.id }, 'Taking it back'), 'taken back.');
  }
}
