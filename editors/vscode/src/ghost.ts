// Suggestions on the screen: what becomes of them goes to the server.
import * as vscode from 'vscode';
import type { LanguageClient, Middleware } from 'vscode-languageclient/node';
import { Acceptance, type Candidate } from './acceptance.ts';

type Item = vscode.InlineCompletionItem;

export class Ghost implements vscode.Disposable {
  private readonly acceptance = new Acceptance<Item>();
  private readonly subscription: vscode.Disposable;
  private client: LanguageClient | undefined;
  private told = ''; // the suggestion that was told last as shown

  constructor() {
    this.subscription = vscode.workspace.onDidChangeTextDocument((event) => { this.changed(event); });
  }

  /** Has the server that is running now hear of it all. */
  attach(client: LanguageClient | undefined): void {
    this.client = client;
  }

  /** Middleware that sees what is answered. */
  readonly provide: NonNullable<Middleware['provideInlineCompletionItems']> = async (document, position, context, token, next) => {
    const result = await next(document, position, context, token);
    const items = Array.isArray(result) ? result : (result?.items ?? []);
    if (items.length > 0 && !token.isCancellationRequested) {
      const asked = document.version;
      setImmediate(() => {
        if (!token.isCancellationRequested && document.version === asked) {
          this.shown(document, position, items);
        }
      });
    }
    return result;
  };

  private shown(document: vscode.TextDocument, position: vscode.Position, items: Item[]): void {
    const candidates: Candidate<Item>[] = [];
    for (const item of items) {
      const text = typeof item.insertText === 'string' ? item.insertText : item.insertText.value;
      const before = document.getText(new vscode.Range(item.range?.start ?? position, position));
      if (text.startsWith(before)) {
        candidates.push({ item, text, taken: before.length });
      }
    }
    this.acceptance.shown(document.uri.toString(), document.offsetAt(position), candidates);
    const [first] = items;
    if (first && idOf(first) !== this.told) {
      this.told = idOf(first);
      this.tell('textDocument/didShowCompletion', { item: encode(first) });
    }
  }

  private changed(event: vscode.TextDocumentChangeEvent): void {
    const changes = event.contentChanges.map((c) => ({ offset: c.rangeOffset, length: c.rangeLength, text: c.text }));
    const part = this.acceptance.changed(event.document.uri.toString(), changes);
    if (part) {
      this.tell('textDocument/didPartiallyAcceptCompletion', { item: encode(part.item), acceptedLength: part.taken });
    }
  }

  private tell(method: string, params: unknown): void {
    // The server may be gone; nothing is lost but a count.
    this.client?.sendNotification(method, params).catch(() => undefined);
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function idOf(item: Item): string {
  const id: unknown = item.command?.arguments?.[0];
  return typeof id === 'string' ? id : '';
}

/** The item as the server sent it. */
function encode(item: Item): unknown {
  return {
    insertText: typeof item.insertText === 'string' ? item.insertText : item.insertText.value,
    command: item.command,
  };
}
