// The server: started, watched over, asked.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  WorkDoneProgress,
  type ClientCapabilities,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { Rests } from './rests.ts';
import type { Again } from './again.ts';
import { Backoff } from './backoff.ts';
import { find, unfit, type Binary } from './binary.ts';
import { Failure } from './failure.ts';
import type { Ghost } from './ghost.ts';
import { parse, serverLevel } from './logs.ts';
import type { Pause } from './pause.ts';
import type { Status, SuggestionReady } from './protocol.ts';
import { explicit, serverSettings } from './settings.ts';
import type { Life } from './statusText.ts';
import { words } from './words.ts';

/** What is quicker shows no progress: it would only flicker. */
const patience = 400;

export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel('airside', { log: true });
  life: Life = { state: 'starting' };
  status: Status | undefined;

  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when life or status have changed. */
  readonly onChange = this.changed.event;
  private readonly startedAnew = new vscode.EventEmitter<LanguageClient>();
  /** Fires with every server that has come up. */
  readonly onStart = this.startedAnew.event;

  private readonly backoff = new Backoff();
  private readonly names: string[];
  private readonly subscriptions: vscode.Disposable[] = [];
  private client: Client | undefined;
  private binary: Binary | undefined;
  private since = 0;
  private later: NodeJS.Timeout | undefined;
  private tokens = 0;
  private said = ''; // the failure that was told last
  private lastWords = ''; // of the server, on its standard error

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly pause: Pause,
    private readonly ghost: Ghost,
    private readonly again: Again,
  ) {
    this.names = serverSettings(context.extension.packageJSON);
    this.subscriptions.push(
      vscode.Disposable.from(new Rests((params) => {
        if (this.life.state === 'running') {
          this.client?.sendNotification('airside/cursorRests', params).catch(() => undefined);
        }
      })),
      pause.onChange(() => { this.configurationChanged(); }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (this.life.state === 'running') {
          this.client?.sendNotification('airside/trust', { trusted: true }).catch(() => undefined);
        }
        this.configurationChanged();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('airside.path')) {
          void this.restart();
        }
      }),
    );
  }

  /** The server's capabilities of executing; empty while none runs. */
  get commands(): readonly string[] {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }

  /** The program, for its other subcommands, with the environment that has it see the editor's settings. */
  program(): { path: string; env: Record<string, string> } {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.settings())) {
      env[`AIRSIDE_${name.toUpperCase().replaceAll('.', '_')}`] = Array.isArray(value) ? value.join(',') : String(value);
    }
    return { path: (this.binary ?? this.locate()).path, env };
  }

  async start(): Promise<void> {
    clearTimeout(this.later);
    await this.halt();
    this.become({ state: 'starting' });
    let client: Client;
    try {
      this.binary = this.locate();
      const closed = (): void => {
        if (this.client === client) {
          this.ended(client);
        }
      };
      client = new Client(this.binary.path, ['serve', '--log-level', serverLevel(this.log.logLevel)], this.options(closed));
    } catch (error) {
      this.fail(message(error));
      return;
    }
    this.client = client;
    this.since = Date.now();
    client.registerFeature(experimental);
    client.onNotification('airside/status', (status: Status) => {
      this.status = status;
      this.changed.fire();
    });
    client.onNotification('airside/suggestionReady', (ready: SuggestionReady) => this.again.ready(ready));
    try {
      await client.start();
    } catch (error) {
      if (this.client !== client) {
        return;
      }
      if (message(error).includes('spawn')) {
        this.client = undefined;
        this.fail(vscode.l10n.t('{0} does not start: {1}', client.path, message(error)));
      } else {
        this.log.error(message(error));
        this.ended(client); // its pipe may break before it is seen to be gone
      }
      return;
    }
    const info = client.initializeResult?.serverInfo;
    const why = unfit(info?.name, info?.version, this.commands);
    if (why !== undefined) {
      await this.halt();
      this.fail(vscode.l10n.t('{0} cannot be used: {1}.', client.path, why));
      return;
    }
    this.log.info(`airside ${info?.version ?? ''} runs: ${client.path} (from ${this.binary.from})`);
    this.said = '';
    this.ghost.attach(client);
    this.become({ state: 'running' });
    this.startedAnew.fire(client);
  }

  async restart(): Promise<void> {
    this.backoff.reset();
    this.said = this.lastWords = '';
    await this.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.later);
    await this.halt();
    this.become({ state: 'stopped' });
  }

  /** The running server, or why there is none. */
  running(): LanguageClient {
    if (this.client && this.life.state === 'running') {
      return this.client;
    }
    throw this.life.state === 'failed'
      ? new Failure(this.life.message, this.waysOut())
      : new Failure(vscode.l10n.t('the server is not running yet.'), { [vscode.l10n.t('Restart')]: () => this.restart(), [vscode.l10n.t('Show log')]: () => { this.log.show(); } });
  }

  /**
   * Runs a command of the server. With a title, what takes long shows its
   * progress in a notification, from which it can be cancelled.
   */
  async execute<T>(command: string, argument?: unknown, title?: string): Promise<T> {
    const client = this.running();
    if (!this.commands.includes(command)) {
      throw new Failure(vscode.l10n.t('this server has no command {0}; a newer airside has.', command), this.waysOut());
    }
    const params = { command, arguments: argument === undefined ? [] : [argument] };
    if (title === undefined) {
      return (await client.sendRequest(ExecuteCommandRequest.type, params)) as T;
    }
    const workDoneToken = `airside.vscode/${++this.tokens}`;
    const cancel = new vscode.CancellationTokenSource();
    let told = '';
    let tell = (text: string): void => { told = text; };
    const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (p) => {
      if (p.kind !== 'end' && p.message !== undefined) {
        tell(p.message);
      }
    });
    const answer = client.sendRequest(ExecuteCommandRequest.type, { ...params, workDoneToken }, cancel.token);
    const done = answer.then(() => undefined, () => undefined);
    const slow = setTimeout(() => {
      const location = vscode.ProgressLocation.Notification;
      void vscode.window.withProgress({ location, title: `airside: ${title}`, cancellable: true }, async (progress, token) => {
        token.onCancellationRequested(() => { cancel.cancel(); });
        tell = (text) => { progress.report({ message: text }); };
        tell(told);
        await done;
      });
    }, patience);
    try {
      return (await answer) as T;
    } finally {
      clearTimeout(slow);
      listening.dispose();
      cancel.dispose();
    }
  }

  dispose(): void {
    clearTimeout(this.later);
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
    this.changed.dispose();
    this.startedAnew.dispose();
    this.log.dispose();
  }

  private locate(): Binary {
    const name = process.platform === 'win32' ? 'airside.exe' : 'airside';
    return find({
      setting: vscode.workspace.getConfiguration('airside').get('path', ''),
      bundled: join(this.context.extensionPath, 'bin', name),
      path: process.env['PATH'] ?? '',
      home: homedir(),
    });
  }

  private options(closed: () => void): ConstructorParameters<typeof LanguageClient>[3] {
    return {
      // Cells are those of a notebook with such a name.
      documentSelector: ['file', 'untitled'].flatMap((scheme) => [{ scheme }, { notebook: { scheme } }]),
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // Where the window is not trusted the server opens no repository.
      initializationOptions: () => ({ ...this.settings(), trusted: vscode.workspace.isTrusted }),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          closed();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        provideInlineCompletionItems: this.again.before(this.ghost.provide),
        // Threads are shown as threads (comments.ts), and not a second time.
        handleDiagnostics: (uri, diagnostics, next) => {
          next(uri, diagnostics.filter((diagnostic) => diagnostic.code !== 'comment'));
        },
        provideCodeActions: async (document, range, context, token, next) => {
          const actions = await next(document, range, context, token);
          return actions?.filter((action) => !nameOf(action).startsWith('airside.comment.'));
        },
        executeCommand: async (command, args, next) => {
          if (command === 'airside.accepted') {
            void vscode.commands.executeCommand('setContext', 'airside.accepted', true);
          }
          const result: unknown = await next(command, args);
          // What a code action did: a line that goes by itself.
          const said = (result as { message?: unknown } | null | undefined)?.message;
          if (typeof said === 'string' && said !== '') {
            vscode.window.setStatusBarMessage(`airside: ${said}`, 8_000);
          }
          return result;
        },
        workspace: {
          configuration: (params) => params.items.map((item) => (item.section === 'airside' ? this.settings() : null)),
          // The server asks for what it wants to know.
          didChangeConfiguration: async (_, next) => next(undefined),
        },
      },
      stdioOptions: {
        stdout: () => undefined,
        stderr: (input) => {
          createInterface({ input }).on('line', (line) => {
            const { level, message } = parse(line);
            this.lastWords = message;
            this.log[level](message);
          });
        },
      },
    } satisfies LanguageClientOptions & { stdioOptions: unknown };
  }

  private settings(): Record<string, unknown> {
    const config = vscode.workspace.getConfiguration('airside');
    const values = explicit(this.names, (name) => config.inspect(name), (name) => config.get(name));
    if (this.pause.state !== 'no') {
      values['completion.enabled'] = false;
    }
    if (!vscode.workspace.isTrusted) {
      // git runs programs that a repository's own configuration names.
      values['sync.enabled'] = false;
    }
    return values;
  }

  private configurationChanged(): void {
    if (this.life.state === 'running') {
      this.client?.sendNotification(DidChangeConfigurationNotification.type, { settings: null }).catch(() => undefined);
    }
  }

  /** The server's process is gone, and nobody asked it to go. */
  private ended(client: Client): void {
    const early = this.life.state === 'starting';
    this.detach();
    this.client = undefined;
    const wait = this.backoff.crashed(Date.now() - this.since, !early);
    if (wait === undefined) {
      const { t } = vscode.l10n;
      this.fail(!early ? t('the server keeps ending unexpectedly, and is not started again.')
        : this.lastWords === '' ? t('{0} ends as soon as it is started, without a word.', client.path)
        : t('{0} ends as soon as it is started. Its last words: {1}', client.path, this.lastWords));
      return;
    }
    this.log.warn(`the server ended; it starts again in ${wait} ms`);
    this.become({ state: 'waiting', seconds: Math.ceil(wait / 1000) });
    this.later = setTimeout(() => void this.start(), wait);
  }

  private async halt(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.detach();
    try {
      await client?.dispose();
    } catch (error) {
      this.log.warn(`the server did not end in order: ${message(error)}`);
    }
  }

  private detach(): void {
    this.ghost.attach(undefined);
    this.status = undefined;
  }

  private become(life: Life): void {
    this.life = life;
    this.changed.fire();
  }

  /** Tells once what keeps the server from running, with the ways out. */
  private fail(message: string): void {
    this.log.error(message);
    this.become({ state: 'failed', message });
    if (this.said === message) {
      return;
    }
    this.said = message;
    const ways = this.waysOut();
    void vscode.window.showErrorMessage(`airside: ${message}`, ...Object.keys(ways)).then((way) => {
      if (way !== undefined) {
        ways[way]?.();
      }
    });
  }

  private waysOut(): Record<string, () => unknown> {
    return {
      [vscode.l10n.t('Set path')]: () => vscode.commands.executeCommand('workbench.action.openSettings', 'airside.path'),
      [vscode.l10n.t('Restart')]: () => this.restart(),
      [vscode.l10n.t('Show log')]: () => { this.log.show(); },
    };
  }
}

/** LanguageClient without messages of its own: there is one, with a way out. */
class Client extends LanguageClient {
  constructor(
    readonly path: string,
    args: string[],
    options: ConstructorParameters<typeof LanguageClient>[3],
  ) {
    super('airside', 'airside', { command: path, args }, options);
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data instanceof Error ? data.message : data, false); // where it happened says nothing to a user
  }
}

/** Asks for what only airside's clients are told. */
const experimental: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), airsideStatus: true, airsideComments: true, airsideSuggestionReady: true, airsidePreview: true, airsideNewLines: true, airsideNextEdits: true, airsideWords: words() };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

function nameOf(action: vscode.Command | vscode.CodeAction): string {
  return typeof action.command === 'string' ? action.command : (action.command?.command ?? '');
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
