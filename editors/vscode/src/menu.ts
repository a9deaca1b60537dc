// What a click on the status bar item opens.
import * as vscode from 'vscode';
import type { Pause } from './pause.ts';
import type { Server } from './server.ts';
import { describe } from './statusText.ts';

/** Commands that open nothing: one types on afterwards. */
const stays = ['airside.pauseHere', 'airside.pauseEverywhere', 'airside.resume'];

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

export async function openMenu(server: Server, pause: Pause): Promise<void> {
  const { life, status } = server;
  const trusted = vscode.workspace.isTrusted;
  const entries: Entry[] = [];
  const heading = (label: string): void => void entries.push({ label, kind: vscode.QuickPickItemKind.Separator });
  const entry = (icon: string, label: string, command: string, description = ''): void =>
    void entries.push({ label: `$(${icon}) ${label}`, command, description });

  heading('Suggestions');
  if (pause.state === 'no') {
    entry('debug-pause', 'Pause here', 'airside.pauseHere', 'in this window');
    entry('circle-slash', 'Pause everywhere', 'airside.pauseEverywhere', 'in all windows, until resumed');
  } else {
    entry('play', 'Resume', 'airside.resume', pause.state === 'here' ? 'paused in this window' : 'paused in all windows');
  }
  entry('server-process', 'Choose a model…', 'airside.chooseModel', status?.completion.model ?? '');
  entry('question', 'Why no suggestion?', 'airside.showWhy');
  if (trusted) {
    heading('Review');
    entry('checklist', 'Review my changes', 'airside.reviewChanges', 'what is not committed');
    entry('file-code', 'Review this file', 'airside.reviewFile', 'what is not committed of it');
    entry('symbol-method', 'Review this function', 'airside.reviewFunction', 'changed or not');
    entry('git-pull-request', 'Review this branch', 'airside.reviewBranch', 'since it left the main branch');
    heading('Sync');
    if (status === undefined || ['', 'disabled'].includes(status.sync.state)) {
      entry('sync', 'Sync this repository…', 'airside.syncEnable', 'whenever its remote can be reached');
    } else {
      if (status.sync.conflicts > 0) {
        entry('git-merge', 'Resolve the conflict', 'airside.syncResolve', status.sync.branch);
      }
      entry('sync', 'Sync now', 'airside.syncNow', status.sync.branch);
      entry('history', 'What sync has done…', 'airside.syncLog', 'and take it back');
      entry('sync-ignored', 'Stop syncing this repository', 'airside.syncDisable');
    }
  }
  if (!trusted) {
    heading('Review and sync');
    entry('shield', 'Restricted Mode…', 'workbench.trust.manage', 'no reviews, comments or sync until you trust this folder');
  }
  heading('airside');
  entry('pulse', 'Doctor', 'airside.doctor', 'is everything ready for a flight?');
  entry('output', 'Show log', 'airside.showLog');
  entry('debug-restart', 'Restart', 'airside.restart');

  const title = describe({ life, status, paused: pause.state, trusted }).label;
  const picked = await vscode.window.showQuickPick(entries, { title, placeHolder: 'What to do?', matchOnDescription: true });
  if (picked?.command !== undefined) {
    await vscode.commands.executeCommand(picked.command);
    if (stays.includes(picked.command)) {
      // VS Code gives the focus back to the status bar, where typing goes nowhere.
      await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
    }
  }
}
