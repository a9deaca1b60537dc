// What a click on the status bar item opens.
import * as vscode from 'vscode';
import type { Pause } from './pause.ts';
import { quickIcons } from './quickIcons.ts';
import type { Server } from './server.ts';
import { here } from './snooze.ts';
import { describe, plain } from './statusText.ts';

/** Commands that open nothing: one types on afterwards. */
const stays = ['airside.pauseFor', 'airside.pauseHere', 'airside.pauseEverywhere', 'airside.resume', 'airside.switchLanguage', 'airside.switchFolder'];

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

/** An answer, unless it takes so long that a server that hangs would keep the menu back. */
function soon<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer.catch(() => undefined), new Promise<undefined>((resolve) => { setTimeout(() => { resolve(undefined); }, 300); })]);
}

export async function openMenu(server: Server, pause: Pause): Promise<void> {
  const { life, status } = server;
  const { t } = vscode.l10n;
  const trusted = vscode.workspace.isTrusted;
  const entries: Entry[] = [];
  const heading = (label: string): void => void entries.push({ label, kind: vscode.QuickPickItemKind.Separator });
  const entry = (icon: string, label: string, command: string, description = ''): void =>
    void entries.push({ label: `$(${icon}) ${label}`, command, description });

  // What is new stands on top: the list is longer than what shows of it.
  if (trusted && status !== undefined && (status.sync.conflicts > 0 || status.sync.news !== undefined)) {
    heading(t('New'));
    if (status.sync.conflicts > 0) {
      entry('git-merge', t('Resolve the conflict'), 'airside.syncResolve', status.sync.branch);
    }
    if (status.sync.news !== undefined) {
      entry('git-commit', `${plain(status.sync.news)}…`, 'airside.syncNews', t('what came in'));
    }
  }
  heading(t('Suggestions'));
  const snoozed = status?.completion.state === 'paused';
  if (pause.state === 'no' && !snoozed) {
    entry('watch', t('Pause for a while…'), 'airside.pauseFor', t('5, 30 or 60 minutes, or until restart'));
    entry('debug-pause', t('Pause here'), 'airside.pauseHere', t('in this window'));
    entry('circle-slash', t('Pause everywhere'), 'airside.pauseEverywhere', t('in all windows, until resumed'));
  } else {
    const words = pause.state === 'here' ? t('paused in this window') : t('paused in all windows');
    entry('play', t('Resume'), 'airside.resume', pause.state === 'no' ? status?.completion.message : words);
  }
  const file = life.state === 'running' ? await soon(here(server)) : undefined;
  if (file !== undefined && file.language !== '') {
    entry(file.languageOn ? 'circle-slash' : 'check', file.languageOn ? t('Off in {0}', file.language) : t('On again in {0}', file.language), 'airside.switchLanguage', t('in all files of this language'));
  }
  if (file !== undefined && file.folder !== '') {
    entry(file.folderOn ? 'circle-slash' : 'check', file.folderOn ? t('Off in this folder') : t('On again in this folder'), 'airside.switchFolder', file.folder);
  }
  entry('server-process', t('Choose a model…'), 'airside.chooseModel', status?.completion.model ?? '');
  entry('list-selection', t('Alternatives…'), 'airside.alternatives', t('what else could stand at the cursor'));
  entry('question', t('Why no suggestion?'), 'airside.showWhy');
  entry('graph', t('How it does'), 'airside.showStats', t('shown, taken, characters saved'));
  if (trusted) {
    heading(t('Review'));
    entry('checklist', t('Review my changes'), 'airside.reviewChanges', t('what is not committed'));
    entry('file-code', t('Review this file'), 'airside.reviewFile', t('what is not committed of it'));
    entry('symbol-method', t('Review this function'), 'airside.reviewFunction', t('changed or not'));
    entry('git-pull-request', t('Review this branch'), 'airside.reviewBranch', t('since it left the main branch'));
    heading(t('Sync'));
    if (status === undefined || ['', 'disabled'].includes(status.sync.state)) {
      entry('sync', t('Sync this repository…'), 'airside.syncEnable', t('whenever its remote can be reached'));
    } else {
      if (status.sync.news === undefined) {
        entry('git-commit', t('What came in…'), 'airside.syncNews', t('from teammates, in the last days'));
      }
      entry('sync', t('Sync now'), 'airside.syncNow', status.sync.branch);
      entry('history', t('What sync has done…'), 'airside.syncLog', t('and take it back'));
      entry('sync-ignored', t('Stop syncing this repository'), 'airside.syncDisable');
    }
  }
  if (!trusted) {
    heading(t('Review and sync'));
    entry('shield', t('Restricted Mode…'), 'workbench.trust.manage', t('no reviews, comments or sync until you trust this folder'));
  }
  heading('airside');
  entry('pulse', t('Doctor'), 'airside.doctor', t('is everything ready for a flight?'));
  entry('output', t('Show log'), 'airside.showLog');
  entry('debug-restart', t('Restart'), 'airside.restart');

  const title = describe({ life, status, paused: pause.state, trusted }).label;
  const picked = await vscode.window.showQuickPick(quickIcons(entries), { title, placeHolder: t('What to do?'), matchOnDescription: true });
  if (picked?.command !== undefined) {
    await vscode.commands.executeCommand(picked.command);
    if (stays.includes(picked.command)) {
      // VS Code gives the focus back to the status bar, where typing goes nowhere.
      await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
    }
  }
}
