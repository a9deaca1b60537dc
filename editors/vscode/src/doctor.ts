// "airside doctor" in a terminal.
import * as vscode from 'vscode';
import type { Server } from './server.ts';
import { folder } from './sync.ts';

export async function doctor(server: Server): Promise<void> {
  const { path, env } = server.program();
  const cwd = folder()?.fsPath;
  const execution = new vscode.ProcessExecution(path, ['doctor'], cwd === undefined ? { env } : { env, cwd });
  const scope = vscode.workspace.workspaceFolders ? vscode.TaskScope.Workspace : vscode.TaskScope.Global;
  const task = new vscode.Task({ type: 'process' }, scope, 'doctor', 'airside', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Shared, clear: true, echo: false };
  await vscode.tasks.executeTask(task);
}
