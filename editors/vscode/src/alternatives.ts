// A panel of alternatives beside the text, filled as they are found: one takes the place
// of what would have been typed.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { ProgressType } from 'vscode-languageclient/node';
import type { PanelItem, PanelResult } from './protocol.ts';
import { layOut, type Block } from './panelText.ts';
import type { Server } from './server.ts';

export const scheme = 'airside-alternatives';

const method = 'textDocument/copilotPanelCompletion';

/** What is being looked for, or was. */
interface Search {
  document: vscode.TextDocument;
  version: number;
  position: vscode.Position;
  /** The line before the cursor, which each alternative goes on from. */
  before: string;
  items: PanelItem[];
  looking: boolean;
  /** Why there is none. */
  message: string;
  /** The panel's cursor was put on the first. */
  placed: boolean;
  cancel: vscode.CancellationTokenSource;
}

export class Alternatives implements vscode.Disposable {
  private readonly uri = vscode.Uri.from({ scheme, path: `/${vscode.l10n.t('Alternatives')}` });
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  private readonly subscriptions: { dispose(): unknown }[];
  private readonly words = vscode.window.createTextEditorDecorationType({ color: new vscode.ThemeColor('descriptionForeground'), fontStyle: 'italic' });
  private search: Search | undefined;
  private blocks: Block[] = [];
  private tokens = 0;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.changed.event,
        provideTextDocumentContent: () => this.render(),
      }),
      vscode.languages.registerCodeLensProvider({ scheme }, {
        onDidChangeCodeLenses: this.lensesChanged.event,
        provideCodeLenses: () => this.lenses(),
      }),
      this.words,
      vscode.window.onDidChangeVisibleTextEditors(() => { this.draw(); }),
      // The cursor is pushed along by what is found; it belongs to the first.
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme !== scheme) {
          return;
        }
        const [first] = this.blocks;
        if (first && this.search?.placed === false) {
          this.search.placed = true;
          for (const editor of vscode.window.visibleTextEditors.filter((e) => e.document === document)) {
            editor.selection = new vscode.Selection(first.line, 0, first.line, 0);
          }
        }
        this.draw();
      }),
      // What is closed is looked for no longer.
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        if (closed.some((tab) => this.isOurs(tab))) {
          this.stop();
        }
      }),
    ];
  }

  /** Looks for alternatives where the cursor is, and opens the panel. */
  async show(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || editor.document.uri.scheme === scheme) {
      return;
    }
    const client = this.server.running();
    this.stop();
    const position = editor.selection.active;
    const search: Search = {
      document: editor.document, version: editor.document.version, position,
      before: editor.document.lineAt(position.line).text.slice(0, position.character),
      items: [], looking: true, message: '', placed: false, cancel: new vscode.CancellationTokenSource(),
    };
    this.search = search;
    this.refresh();
    let panel = await vscode.workspace.openTextDocument(this.uri);
    panel = await vscode.languages.setTextDocumentLanguage(panel, search.document.languageId).then((d) => d, () => panel);
    const shown = await vscode.window.showTextDocument(panel, { viewColumn: vscode.ViewColumn.Beside, preview: false });
    shown.selection = new vscode.Selection(0, 0, 0, 0);
    await this.look(client, search);
  }

  private async look(client: LanguageClient, search: Search): Promise<void> {
    const partialResultToken = `airside.alternatives/${++this.tokens}`;
    const listening = client.onProgress(new ProgressType<PanelResult>(), partialResultToken, (found) => {
      search.items.push(...found.items);
      this.refresh();
    });
    try {
      const result: PanelResult | null = await client.sendRequest(method, {
        textDocument: { uri: client.code2ProtocolConverter.asUri(search.document.uri), version: search.version },
        position: client.code2ProtocolConverter.asPosition(search.position),
        partialResultToken,
      }, search.cancel.token);
      search.message = result?.message ?? '';
    } catch (error) {
      if (!search.cancel.token.isCancellationRequested) {
        search.message = error instanceof Error ? error.message : String(error);
      }
    } finally {
      listening.dispose();
      search.looking = false;
      this.refresh();
    }
  }

  /** Ends the search; what was found stays. */
  stop(): void {
    this.search?.cancel.cancel();
  }

  /** Takes an alternative, by its number from 0, or the one at the panel's cursor. */
  async accept(number?: unknown): Promise<void> {
    const search = this.search;
    const at = vscode.window.activeTextEditor;
    let n = typeof number === 'number' ? number : -1;
    if (n < 0 && at?.document.uri.scheme === scheme) {
      const line = at.selection.active.line;
      n = this.blocks.findLastIndex((block) => block.line <= line);
      n = Math.max(n, 0);
    }
    const item = search?.items[n];
    if (!search || !item) {
      return;
    }
    if (search.document.isClosed || search.document.version !== search.version) {
      void vscode.window.showWarningMessage(vscode.l10n.t('airside: the text has changed since; ask for alternatives again.'));
      return;
    }
    this.stop();
    const { start, end } = item.range;
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    const client = this.server.running();
    await this.close();
    const editor = await this.insert(search.document, range, item.insertText);
    if (editor) {
      const there = search.document.positionAt(search.document.offsetAt(range.start) + item.insertText.replaceAll('\n', search.document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n').length);
      editor.selection = new vscode.Selection(there, there);
    }
    const { insertText, command } = item;
    await client.sendNotification('textDocument/didShowCompletion', { item: { insertText, command } });
    await vscode.commands.executeCommand(command.command, ...command.arguments);
  }

  /** Writes into the document, as one step of undo. Of a cell that is not in view there is no editor. */
  private async insert(document: vscode.TextDocument, range: vscode.Range, text: string): Promise<vscode.TextEditor | undefined> {
    let editor = vscode.window.visibleTextEditors.find((e) => e.document === document);
    if (editor && document.uri.scheme !== 'vscode-notebook-cell') {
      editor = await vscode.window.showTextDocument(document, editor.viewColumn);
    }
    if (editor) {
      await editor.edit((edit) => { edit.replace(range, text); }, { undoStopBefore: true, undoStopAfter: true });
      return editor;
    }
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, range, text);
    await vscode.workspace.applyEdit(edit);
    return undefined;
  }

  /** Closes the panel. */
  async close(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => this.isOurs(tab));
    await vscode.window.tabGroups.close(tabs);
  }

  private isOurs(tab: vscode.Tab): boolean {
    return tab.input instanceof vscode.TabInputText && tab.input.uri.scheme === scheme;
  }

  private refresh(): void {
    this.render();
    this.changed.fire(this.uri);
    this.lensesChanged.fire();
  }

  private render(): string {
    const { text, blocks } = layOut(this.head(), this.search?.before ?? '', this.search?.items ?? []);
    this.blocks = blocks;
    return text;
  }

  /** How it stands, and the keys. */
  private head(): string[] {
    const { t } = vscode.l10n;
    const n = this.search?.items.length ?? 0;
    const message = this.search?.message ?? '';
    if (this.search?.looking === true) {
      return [n === 0 ? t('Looking for alternatives…') : t('{0} so far, looking for more…', n)];
    }
    if (n === 0) {
      return [message === '' ? t('None: the model has nothing to say here') : t('None: {0}', message)];
    }
    return [n === 1 ? t('1 alternative') : t('{0} alternatives', n), t('Enter takes the one at the cursor, Escape closes')];
  }

  /** Sets what is no code apart from it. */
  private draw(): void {
    const lines = [...this.head().keys(), ...this.blocks.map((block) => block.line)];
    for (const editor of vscode.window.visibleTextEditors.filter((e) => e.document.uri.scheme === scheme)) {
      editor.setDecorations(this.words, lines.filter((line) => line < editor.document.lineCount).map((line) => editor.document.lineAt(line).range));
    }
  }

  private lenses(): vscode.CodeLens[] {
    const search = this.search;
    if (!search) {
      return [];
    }
    const lens = (line: number, title: string, command: string, ...args: unknown[]): vscode.CodeLens =>
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), { title, command, arguments: args });
    const { t } = vscode.l10n;
    const lenses = [search.looking ? lens(0, t('Stop'), 'airside.alternatives.stop') : lens(0, t('Close'), 'airside.alternatives.close')];
    this.blocks.forEach((block, i) => {
      lenses.push(lens(block.line, t('Take {0}', i + 1), 'airside.alternatives.accept', i));
    });
    return lenses;
  }

  dispose(): void {
    this.stop();
    for (const s of this.subscriptions) {
      s.dispose();
    }
    this.changed.dispose();
    this.lensesChanged.dispose();
  }
}
