// Sync, for the user who asks for it. What goes on by itself shows in the
// status bar only.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { openConflict } from './conflict.ts';
import { Failure } from './failure.ts';
import type { Operation, SyncResult } from './protocol.ts';
import { quickIcons } from './quickIcons.ts';
import type { Server } from './server.ts';
import { logEntries } from './syncLog.ts';

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

export function trusted(): void {
  if (!vscode.workspace.isTrusted) {
    throw new Failure(vscode.l10n.t('there is no sync in Restricted Mode: git runs programs that a repository names.'), {
      [vscode.l10n.t('Manage trust')]: () => vscode.commands.executeCommand('workbench.trust.manage'),
    });
  }
}

export async function now(server: Server): Promise<void> {
  trusted();
  if (['', 'disabled'].includes(server.status?.sync.state ?? '')) {
    await enable(server, vscode.l10n.t('This repository does not take part in sync yet.'));
    return;
  }
  told(await server.execute<SyncResult>('airside.sync.now', here(), vscode.l10n.t('Syncing')));
}

export async function enable(server: Server, why = ''): Promise<void> {
  trusted();
  const { branch, remote, address } = await server.execute<SyncResult>('airside.sync.status', here());
  if (branch === '') {
    throw new Failure(vscode.l10n.t('no branch is checked out here: check one out, then sync it.'), {
      [vscode.l10n.t('Checkout to…')]: () => vscode.commands.executeCommand('git.checkout'),
    });
  }
  if (remote === undefined || address === undefined) {
    throw new Failure(vscode.l10n.t('{0} has no remote branch yet: publish it, then sync it.', branch), {
      [vscode.l10n.t('Publish branch')]: () => vscode.commands.executeCommand('git.publish'),
    });
  }
  const patterns = vscode.workspace.getConfiguration('airside').get<string[]>('sync.branches', []).join(', ');
  const which = patterns === ''
    ? vscode.l10n.t('This holds for the branch that is checked out: after a switch, for the other one and its own remote.')
    : vscode.l10n.t('This holds for the branches {0}, as airside.sync.branches says.', patterns);
  const how = vscode.l10n.t('Whenever it can be reached, airside fetches, merges and pushes. It never forces a push, and each step can be taken back.');
  const yes = patterns === '' ? vscode.l10n.t('Sync this branch') : vscode.l10n.t('Sync these branches');
  const answer = await vscode.window.showInformationMessage(
    `${why === '' ? '' : `${why} `}${vscode.l10n.t('Keep {0} in step with {1}?', branch, remote)}`,
    { modal: true, detail: `${address}\n\n${which} ${how}` },
    yes,
  );
  if (answer === yes) {
    await server.execute<SyncResult>('airside.sync.enable', here(), vscode.l10n.t('Opting in'));
    void vscode.window.showInformationMessage(vscode.l10n.t('airside: {0} is kept in step with {1} from now on.', branch, remote));
  }
}

export async function disable(server: Server): Promise<void> {
  await server.execute<SyncResult>('airside.sync.disable', here(), vscode.l10n.t('Opting out'));
  void vscode.window.showInformationMessage(vscode.l10n.t('airside: this repository is not synced any more.'));
}

/** Says how a sync ended. What waits for the user the server tells by itself, but a conflict. */
function told(result: SyncResult): void {
  if (result.state === 'CONFLICT') {
    const resolveIt = vscode.l10n.t('Resolve in merge editor');
    void vscode.window
      .showWarningMessage(`airside: ${conflicting(result)}`, resolveIt)
      .then((way) => (way === resolveIt ? vscode.commands.executeCommand('airside.syncResolve') : undefined));
  } else if (['OFFLINE', 'PORTAL', 'BACKOFF'].includes(result.state)) {
    vscode.window.setStatusBarMessage(`airside: ${result.message}`, 8_000); // never a popup
  } else if (!['AUTH', 'REJECTED', 'REWOUND', 'BUSY'].includes(result.state)) {
    void vscode.window.showInformationMessage(`airside: ${result.message === '' ? vscode.l10n.t('nothing to do.') : result.message}`);
  }
}

/** The server's message names a command line, where there is a button here. */
function conflicting(result: SyncResult): string {
  const [first, ...others] = new Set(result.conflicts.map((conflict) => conflict.path));
  if (first === undefined) {
    return vscode.l10n.t('a conflict waits for you.');
  }
  return others.length === 0
    ? vscode.l10n.t('{0} changed here and at the remote. Both versions are kept until you merge them.', first)
    : vscode.l10n.t('{0} and {1} more changed here and at the remote. Both versions are kept until you merge them.', first, others.length);
}

/** Starts the merge of a parked conflict, and opens VS Code's merge editor on it. */
export async function resolve(server: Server): Promise<void> {
  trusted();
  const result = await server.execute<SyncResult>('airside.sync.resolve', here(), vscode.l10n.t('Starting the merge'));
  const at = folder();
  // A file with several conflicts is listed for each.
  const [first, ...others] = new Set(result.conflicts.map((conflict) => conflict.path));
  if (at === undefined || first === undefined) {
    void vscode.window.showInformationMessage(`airside: ${result.message === '' ? vscode.l10n.t('there is no conflict.') : result.message}`);
    return;
  }
  await openConflict(at, first);
  if (others.length > 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('airside: {0} files conflict; they are listed under Merge Changes in Source Control.', others.length + 1),
    );
  }
}

/** Takes the merge by structure that is proposed for a conflict. */
export async function takeProposal(server: Server): Promise<void> {
  trusted();
  told(await server.execute<SyncResult>('airside.sync.resolve', { ...here(), proposal: true }, vscode.l10n.t('Taking the merge')));
}

/** Lists what sync has done, to take one of it back. */
export async function log(server: Server): Promise<void> {
  trusted();
  const cwd = folder()?.fsPath;
  if (cwd === undefined) {
    throw new Failure(vscode.l10n.t('open a folder first.'));
  }
  const { path, env } = server.program();
  const { stdout } = await promisify(execFile)(path, ['sync', 'log', '--json'], { cwd, env: { ...process.env, ...env } }).catch(
    (error: unknown) => {
      throw new Failure((error as { stderr?: string }).stderr?.replace(/^airside: /, '').trim() ?? String(error));
    },
  );
  const operations = JSON.parse(stdout) as Operation[];
  if (operations.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('airside: nothing has been synced yet.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(quickIcons(logEntries(operations, Date.now())), {
    title: vscode.l10n.t('airside: what sync has done'), placeHolder: vscode.l10n.t('Choose what is to be taken back'), matchOnDescription: true, matchOnDetail: true,
  });
  const operation = picked?.operation;
  if (operation === undefined) {
    return;
  }
  if (!operation.undoable) {
    const why = operation.kind === 'sync' ? vscode.l10n.t('It has moved no branch here, was taken back already, or the branch has moved on since.') : '';
    void vscode.window.showInformationMessage(`${vscode.l10n.t('airside: there is nothing to take back of this one.')} ${why}`, vscode.l10n.t('OK'));
    return;
  }
  const undo = vscode.l10n.t('Take it back');
  const sure = await vscode.window.showWarningMessage(
    vscode.l10n.t('Take back: {0}?', picked?.description ?? ''),
    { modal: true, detail: vscode.l10n.t('{0} and your files go back to where they were before. What has been pushed stays at {1}.', operation.branch, operation.remote) },
    undo,
  );
  if (sure === undo) {
    await takeBack(server, operation.id);
  }
}

/** Takes an operation back, and offers to take that back. */
async function takeBack(server: Server, operation: string): Promise<void> {
  const result = await server.execute<SyncResult>('airside.sync.undo', { ...here(), operation }, vscode.l10n.t('Taking it back'));
  const again = vscode.l10n.t('Undo that');
  // A message with a button is shown whole, one without is cut at its first line.
  const way = await vscode.window.showInformationMessage(vscode.l10n.t('airside: {0} and your files are back where they were.', result.branch), again);
  if (way === again) {
    await takeBack(server, result.operation);
  }
}
