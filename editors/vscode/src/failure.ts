// What went wrong with something the user asked for.
import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';

/** An error with ways out: buttons, and what they run. */
export class Failure extends Error {
  readonly ways: Record<string, () => unknown>;

  constructor(message: string, ways: Record<string, () => unknown> = {}) {
    super(message);
    this.ways = ways;
  }
}

export function explain(error: unknown, log: vscode.LogOutputChannel): void {
  if (error instanceof vscode.CancellationError) {
    return;
  }
  if (error instanceof ResponseError && (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled)) {
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  log.error(message);
  const ways = error instanceof Failure ? error.ways : { [vscode.l10n.t('Show log')]: () => { log.show(); } };
  void vscode.window.showErrorMessage(`airside: ${message}`, ...Object.keys(ways)).then((way) => {
    if (way !== undefined) {
      ways[way]?.();
    }
  });
}
