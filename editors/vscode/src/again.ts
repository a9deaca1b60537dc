// Asks again when the server has what VS Code did not wait for; late.ts has the rules.
import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';
import { Late, type Place } from './late.ts';
import type { SuggestionReady } from './protocol.ts';

type Provide = NonNullable<Middleware['provideInlineCompletionItems']>;

/** True while something may still come at the cursor, for keybindings. */
const awaited = 'airside.awaited';

/** What takes no longer than this, in milliseconds, is not awaited. */
const quick = 300;

export class Again implements vscode.Disposable {
  private readonly late = new Late();
  private readonly subscription: vscode.Disposable;
  private awaits: Place | undefined;
  private asking = false; // a request of our own is on its way

  constructor() {
    this.subscription = vscode.window.onDidChangeTextEditorSelection(() => {
      if (this.awaits && JSON.stringify(this.awaits) !== JSON.stringify(cursor())) {
        this.await(undefined);
      }
    });
  }

  /** Stands before another middleware. */
  before(provide: Provide): Provide {
    return async (document, position, context, token, next) => {
      const place = placeOf(document, position);
      const entry = context.selectedCompletionInfo?.text;
      if (!this.late.asked(place, entry)) {
        return undefined;
      }
      const began = Date.now();
      const slow = setTimeout(() => { this.await(place); }, quick);
      const stopped = token.onCancellationRequested(() => { this.late.cancelled(place, entry, Date.now() - began); });
      try {
        // Not by a key: nobody has asked for alternatives.
        const asked = this.asking ? { ...context, triggerKind: vscode.InlineCompletionTriggerKind.Automatic } : context;
        const result = await provide(document, position, asked, token, next);
        if (this.late.unwanted(place) && asked.triggerKind === vscode.InlineCompletionTriggerKind.Automatic) {
          return undefined;
        }
        if ((Array.isArray(result) ? result : (result?.items ?? [])).length > 0 && !token.isCancellationRequested) {
          this.late.shown(place);
        }
        return result;
      } finally {
        clearTimeout(slow);
        stopped.dispose();
        if (!token.isCancellationRequested) {
          this.await(undefined);
        }
      }
    };
  }

  /** The server has something for a place. */
  async ready(params: SuggestionReady): Promise<void> {
    const here = cursor();
    const { uri, version } = params.textDocument;
    const { line, character } = params.position;
    if (here === undefined) {
      return;
    }
    const move = this.late.ready({ document: vscode.Uri.parse(uri).toString(), version, line, character }, here);
    if (move === undefined) {
      return;
    }
    const commands: unknown[] = [{ command: 'editor.action.inlineSuggest.trigger', args: { providerId: 'airside-ls.airside:*', explicit: true } }];
    if (move.less) {
      commands.unshift('editor.action.inlineSuggest.hide');
    }
    if (move.popup) {
      commands.unshift('hideSuggestWidget');
      this.late.closed();
    }
    this.asking = true;
    try {
      await vscode.commands.executeCommand('runCommands', { commands }); // in one go: nothing flickers
    } finally {
      this.asking = false;
    }
  }

  /** The user has said no where the cursor is. */
  dismiss(): void {
    const here = cursor();
    if (here) {
      this.late.dismiss(here);
    }
    this.await(undefined);
  }

  private await(place: Place | undefined): void {
    if ((place === undefined) !== (this.awaits === undefined)) {
      void vscode.commands.executeCommand('setContext', awaited, place !== undefined);
    }
    this.awaits = place;
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function placeOf(document: vscode.TextDocument, position: vscode.Position): Place {
  return { document: document.uri.toString(), version: document.version, line: position.line, character: position.character };
}

/** Where the user is; nowhere with a selection. */
function cursor(): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor?.selection.isEmpty === true ? placeOf(editor.document, editor.selection.active) : undefined;
}
