// The next edit, as the server proposes it: drawn where it would be made, gone to and taken by
// Tab. VS Code's stable interface has no inline edits beyond the cursor's line, so these are
// decorations.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { InlineEdit, InlineEditResult } from './protocol.ts';
import type { Server } from './server.ts';

/** True while an edit is shown in the active editor, for keybindings. */
const shownContext = 'airside.nextEdit';

/** How long nobody types before it is asked, in milliseconds. */
const pause = 60;

/** When it is asked once more, if there was nothing: other files are looked at beside. */
const muchLater = 500;

interface Shown {
  edit: InlineEdit;
  editor: vscode.TextEditor;
  uri: vscode.Uri;
  range: vscode.Range;
}

export class NextEdits implements vscode.Disposable {
  private readonly old = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('diffEditor.removedTextBackground'),
    textDecoration: 'line-through',
  });
  private readonly added = vscode.window.createTextEditorDecorationType({});
  private readonly hint = vscode.window.createTextEditorDecorationType({});
  private readonly subscriptions: { dispose(): unknown }[];
  private shown: Shown | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;
  private client: LanguageClient | undefined;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      this.old,
      this.added,
      this.hint,
      vscode.Disposable.from(server.onStart((client) => { this.client = client; })),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.contentChanges.length > 0 && event.document === vscode.window.activeTextEditor?.document) {
          this.hide();
          this.later();
        }
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (this.shown !== undefined && editor !== this.shown.editor) {
          this.hide();
        }
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.soon);
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
  }

  /** Goes to the edit, and from there takes it. */
  async go(): Promise<void> {
    const { shown } = this;
    if (shown === undefined) {
      return;
    }
    const active = vscode.window.activeTextEditor;
    if (active?.document.uri.toString() !== shown.uri.toString()) {
      this.hide();
      const editor = await vscode.window.showTextDocument(shown.uri);
      // What nobody has open is 0 to the server, and 1 as it comes from the disk.
      if (Math.max(shown.edit.textDocument.version, 1) !== editor.document.version) {
        this.later();
        return;
      }
      this.reveal(editor, shown.range);
      this.show(shown.edit, editor);
      return;
    }
    const { line } = active.selection.active;
    if (line < shown.range.start.line || line > shown.range.end.line) {
      this.reveal(active, shown.range);
      return;
    }
    this.hide();
    const changes = new vscode.WorkspaceEdit();
    changes.replace(shown.uri, shown.range, shown.edit.text);
    if (await vscode.workspace.applyEdit(changes)) {
      const end = active.document.positionAt(active.document.offsetAt(shown.range.start) + shown.edit.text.length);
      active.selection = new vscode.Selection(end, end);
      await this.tell(shown.edit.command.command, shown.edit.command.arguments);
    }
  }

  /** Hides the edit for good: the server does not propose it again. */
  async refuse(): Promise<void> {
    const { shown } = this;
    this.hide();
    if (shown !== undefined) {
      await this.tell('airside.next.refused', shown.edit.command.arguments);
    }
  }

  private async tell(command: string, args: unknown[] | undefined): Promise<void> {
    await this.server.execute(command, args?.[0]);
  }

  private reveal(editor: vscode.TextEditor, range: vscode.Range): void {
    const begin = new vscode.Position(range.start.line, editor.document.lineAt(range.start.line).firstNonWhitespaceCharacterIndex);
    editor.selection = new vscode.Selection(begin, begin);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  private later(again = false): void {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => { this.ask(again).catch(() => undefined); }, again ? muchLater : pause);
  }

  private async ask(again: boolean): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const { client } = this;
    if (editor === undefined || client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes('airside.next.refused') !== true) {
      return;
    }
    const { document } = editor;
    const { version } = document;
    const result: InlineEditResult | null = await client.sendRequest('textDocument/copilotInlineEdit', {
      textDocument: { uri: client.code2ProtocolConverter.asUri(document.uri), version },
      position: client.code2ProtocolConverter.asPosition(editor.selection.active),
    });
    const edit = result?.edits[0];
    if (document.version !== version || editor !== vscode.window.activeTextEditor) {
      return;
    }
    this.hide();
    if (edit === undefined) {
      if (!again) {
        this.later(true);
      }
    } else {
      this.show(edit, editor);
      await client.sendNotification('textDocument/didShowInlineEdit', { item: { command: edit.command } });
    }
  }

  private show(edit: InlineEdit, editor: vscode.TextEditor): void {
    const uri = vscode.Uri.parse(edit.textDocument.uri);
    const { start, end } = edit.range;
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    this.shown = { edit, editor, uri, range };
    const here = uri.toString() === editor.document.uri.toString();
    if (here) {
      editor.setDecorations(this.old, range.isEmpty ? [] : [range]);
      const code = edit.text === '' ? ' ' : edit.text;
      const hoverMessage = new vscode.MarkdownString().appendCodeblock(code, editor.document.languageId);
      const at = new vscode.Range(range.end, range.end);
      const contentText = edit.text.replaceAll('\n', '⏎').replaceAll(/\s/gu, '\u00a0');
      editor.setDecorations(this.added, contentText === '' ? [] : [{
        range: at,
        hoverMessage,
        renderOptions: { after: { contentText, backgroundColor: new vscode.ThemeColor('diffEditor.insertedTextBackground') } },
      }]);
    }
    if (!here || !editor.visibleRanges.some((visible) => visible.contains(range.start))) {
      const where = here
        ? vscode.l10n.t('next edit: line {0}', start.line + 1)
        : vscode.l10n.t('next edit: {0}', `${vscode.workspace.asRelativePath(uri)}:${start.line + 1}`);
      const cursor = editor.document.lineAt(editor.selection.active.line).range.end;
      editor.setDecorations(this.hint, [{
        range: new vscode.Range(cursor, cursor),
        renderOptions: { after: { contentText: where, margin: '0 0 0 2em', color: new vscode.ThemeColor('editorCodeLens.foreground') } },
      }]);
    }
    void vscode.commands.executeCommand('setContext', shownContext, true);
  }

  private hide(): void {
    if (this.shown === undefined) {
      return;
    }
    for (const decoration of [this.old, this.added, this.hint]) {
      this.shown.editor.setDecorations(decoration, []);
    }
    this.shown = undefined;
    void vscode.commands.executeCommand('setContext', shownContext, false);
  }
}
