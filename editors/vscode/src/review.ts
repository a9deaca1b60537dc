// Reviews. Findings come as diagnostics, with code actions.
import * as vscode from 'vscode';
import { Failure } from './failure.ts';
import type { ReviewResult } from './protocol.ts';
import type { Server } from './server.ts';
import { folder } from './sync.ts';

type Scope = 'file' | 'function' | 'worktree' | 'branch';

function titleOf(scope: Scope): string {
  switch (scope) {
    case 'file':
      return vscode.l10n.t('Reviewing this file');
    case 'function':
      return vscode.l10n.t('Reviewing this function');
    case 'worktree':
      return vscode.l10n.t('Reviewing your changes');
    case 'branch':
      return vscode.l10n.t('Reviewing this branch');
  }
}

export async function run(server: Server, scope: Scope): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const here = scope === 'file' || scope === 'function';
  if (here && editor?.document.uri.scheme !== 'file') {
    throw new Failure(vscode.l10n.t('open the file that is to be reviewed.'));
  }
  const uri = (here ? editor?.document.uri : folder())?.toString();
  const at = editor?.selection.active;
  const range = scope === 'function' && at ? { start: at, end: at } : undefined;
  const result = await server.execute<ReviewResult>('airside.review', { scope, uri, range }, titleOf(scope));
  const problems = vscode.l10n.t('Show Problems');
  const ways = result.findings.length > 0 ? [problems] : [];
  const way = await vscode.window.showInformationMessage(`airside: ${result.message}`, ...ways);
  if (way === problems) {
    await vscode.commands.executeCommand('workbench.actions.view.problems');
  }
}
