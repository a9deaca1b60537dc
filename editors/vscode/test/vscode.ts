// Stands in for VS Code where there is none: English, as VS Code formats it, and
// threads of comments that keep what they are told.
import { registerHooks } from 'node:module';

type Argument = string | number | boolean;

export const env = { language: 'en' };

export const l10n = {
  t: (message: string, ...args: Argument[]): string => message.replace(/\{(\d+)\}/g, (_, n: string) => String(args[Number(n)])),
};

class Place {
  readonly start: { line: number; character: number; translate(lines: number): unknown };
  readonly end: Place['start'];
  constructor(startLine: unknown, startCharacter: unknown, endLine = 0, endCharacter = 0) {
    const at = (line: number, character: number): Place['start'] => ({ line, character, translate: (lines) => at(line + lines, character) });
    this.start = typeof startLine === 'number' ? at(startLine, Number(startCharacter)) : (startLine as Place['start']);
    this.end = typeof startLine === 'number' ? at(endLine, endCharacter) : (startCharacter as Place['start']);
  }
}
export { Place as Range };

export const Uri = { parse: (text: string): { toString(): string } => ({ toString: () => text }) };
export class MarkdownString {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}
export const CommentMode = { Editing: 0, Preview: 1 };
export const CommentThreadCollapsibleState = { Collapsed: 0, Expanded: 1 };
export const CommentThreadState = { Unresolved: 0, Resolved: 1 };

// Of the language client, what sources import as values.
export const LSPErrorCodes = { RequestCancelled: -32800, ServerCancelled: -32802 };
export class ResponseError extends Error {}

const never = (): { dispose(): void } => ({ dispose: () => undefined });
export const workspace = { isTrusted: true, textDocuments: [], onDidGrantWorkspaceTrust: never, onDidSaveTextDocument: never, onDidChangeTextDocument: never };
export const commands = { executeCommand: (): Promise<void> => Promise.resolve() };

/** A thread as VS Code makes it: folded up until somebody says otherwise. */
export interface Thread { uri: unknown; range: unknown; comments: unknown; collapsibleState: number; disposed: boolean; dispose(): void }
/** What was made by any controller, in order. */
export const threads: Thread[] = [];
export const comments = {
  createCommentController: () => ({
    createCommentThread: (uri: unknown, range: unknown, all: unknown): Thread => {
      const made = { uri, range, comments: all, collapsibleState: CommentThreadCollapsibleState.Collapsed, disposed: false, dispose: () => { made.disposed = true; } };
      threads.push(made);
      return made;
    },
    dispose: () => undefined,
  }),
};

registerHooks({
  resolve: (specifier, context, next) => (['vscode', 'vscode-languageclient/node'].includes(specifier) ? { url: import.meta.url, shortCircuit: true } : next(specifier, context)),
});
