// A place to see a suggestion, for the walkthrough.
import * as vscode from 'vscode';

const before = (): string => `package main

import "os"

// ${vscode.l10n.t('Put the cursor at the end of a line and type: what comes next appears as ghost text.')}
// ${vscode.l10n.t('Tab takes all of it, Ctrl+Right (macOS: Cmd+Right) the next word.')}

func load(name string) ([]byte, error) {
\tdata, err := os.ReadFile(name)
\tif err != nil {
\t\t`;
const after = `
\t}
\treturn data, nil
}
`;

export async function tryIt(): Promise<void> {
  const head = before();
  const document = await vscode.workspace.openTextDocument({ language: 'go', content: head + after });
  const editor = await vscode.window.showTextDocument(document);
  const place = document.positionAt(head.length);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place));
  await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
}
