// Reviews. Findings come as diagnostics, with code actions.
import * as vscode from 'vscode';
import { Failure } from './failure.ts';
import type { Server } from './server.ts';
import { folder } from './sync.ts';

type Scope = 'file' | 'worktree' | 'branch';

const titles: Record<Scope, string> = {
  file: 'Reviewing this file',
  worktree: 'Reviewing your changes',
  branch: 'Reviewing this branch',
};

export async function run(server: Server, scope: Scope): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (scope === 'file' && document?.uri.scheme !== 'file') {
    throw new Failure('open the file that is to be reviewed.');
  }
  const uri = (scope === 'file' ? document?.uri : folder())?.toString();
  const result = await server.execute<{ findings?: unknown[]; message?: string } | null>('airside.review', { scope, uri }, titles[scope]);
  const count = result?.findings?.length;
  if (count === 0) {
    void vscode.window.showInformationMessage(`airside: ${result?.message ?? 'the review found nothing.'}`);
  } else if (count !== undefined) {
    await vscode.commands.executeCommand('workbench.actions.view.problems');
  } else if (result?.message !== undefined) {
    void vscode.window.showInformationMessage(`airside: ${result.message}`);
  }
}
