// The extension once it runs: its parts, and which command goes where.
import * as vscode from 'vscode';
import { Again } from './again.ts';
import { Alternatives } from './alternatives.ts';
import { Comments, type Draft } from './comments.ts';
import { Ghost } from './ghost.ts';
import { NextEdits } from './nextEdit.ts';
import { NewLineMarks } from './newLines.ts';
import { writeMessage } from './commit.ts';
import { openNews } from './news.ts';
import { Preview } from './preview.ts';
import { Pause } from './pause.ts';
import { Server } from './server.ts';
import { StatusBar } from './statusBar.ts';
import { openMenu } from './menu.ts';
import { explain } from './failure.ts';
import { chooseModel } from './models.ts';
import { Doctor } from './doctor.ts';
import { Why } from './why.ts';
import { tryIt } from './sample.ts';
import type { PreviewArguments } from './protocol.ts';
import { pauseFor, turn } from './snooze.ts';
import { StatsPanel } from './stats.ts';
import * as review from './review.ts';
import * as sync from './sync.ts';

export class App {
  private readonly commands: Record<string, (...args: unknown[]) => unknown>;

  constructor(
    private readonly server: Server,
    pause: Pause,
    why: Why,
    comments: Comments,
    again: Again,
    preview: Preview,
    stats: StatsPanel,
    alternatives: Alternatives,
    doctor: Doctor,
    next: NextEdits,
  ) {
    this.commands = {
      'airside.next.go': () => next.go(),
      'airside.next.refuse': () => next.refuse(),
      'airside.dismissed': () => { again.dismiss(); },
      'airside.alternatives': () => alternatives.show(),
      'airside.alternatives.accept': (number) => alternatives.accept(number),
      'airside.alternatives.stop': () => { alternatives.stop(); },
      'airside.alternatives.close': () => alternatives.close(),
      'airside.preview': (argument) => preview.show(argument as PreviewArguments),
      'airside.preview.apply': () => preview.apply(),
      'airside.preview.discard': () => preview.close(),
      'airside.menu': () => openMenu(server, pause),
      'airside.pauseHere': () => pause.here(),
      'airside.pauseEverywhere': () => pause.everywhere(),
      'airside.pauseFor': (minutes) => pauseFor(server, pause, minutes),
      'airside.resume': () => pause.resume(server.life.state === 'running' ? server.running() : undefined),
      'airside.switchLanguage': () => turn(server, 'language'),
      'airside.switchFolder': () => turn(server, 'folder'),
      'airside.showStats': () => stats.show(),
      'airside.resetStats': () => stats.reset(),
      'airside.undoResetStats': () => stats.undo(),
      'airside.reviewChanges': () => review.run(server, 'worktree'),
      'airside.reviewFile': () => review.run(server, 'file'),
      'airside.reviewFunction': () => review.run(server, 'function'),
      'airside.reviewBranch': () => review.run(server, 'branch'),
      'airside.commitMessage.write': (control) => writeMessage(server, control),
      'airside.comment': () => { comments.begin(); },
      'airside.thread.add': (reply) => comments.add(reply as vscode.CommentReply),
      'airside.thread.save': (draft) => comments.save(draft as Draft),
      'airside.thread.discard': (draft) => comments.discard(draft as Draft | undefined),
      'airside.thread.reply': (reply) => comments.reply(reply as vscode.CommentReply),
      'airside.thread.resolve': (thread) => comments.resolve(threadOf(thread)),
      'airside.thread.reopen': (thread) => comments.reopen(threadOf(thread)),
      'airside.syncNow': () => sync.now(server),
      'airside.syncEnable': () => sync.enable(server),
      'airside.syncDisable': () => sync.disable(server),
      'airside.syncLog': () => sync.log(server),
      'airside.syncNews': () => openNews(server),
      'airside.syncUnmark': () => server.execute('airside.sync.unmark'),
      'airside.syncTakeProposal': () => sync.takeProposal(server),
      'airside.syncResolve': () => sync.resolve(server),
      'airside.chooseModel': () => chooseModel(server),
      'airside.showWhy': () => why.show(),
      'airside.doctor': () => doctor.show(),
      'airside.restart': () => server.restart(),
      'airside.showLog': () => { server.log.show(); },
      'airside.tryIt': () => tryIt(),
    };
  }

  /** Runs a command that the user gave, and tells of what went wrong with it. */
  async run(command: string, args: unknown[]): Promise<unknown> {
    try {
      return await this.commands[command]?.(...args);
    } catch (error) {
      explain(error, this.server.log);
      return undefined;
    }
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

/** What a button of a thread hands over: the thread, or a reply that was begun in it. */
function threadOf(argument: unknown): vscode.CommentThread {
  return (argument as Partial<vscode.CommentReply>).thread ?? (argument as vscode.CommentThread);
}

export function start(context: vscode.ExtensionContext): App {
  const pause = new Pause(context);
  const ghost = new Ghost();
  const again = new Again();
  const server = new Server(context, pause, ghost, again);
  const why = new Why(server);
  const alternatives = new Alternatives(server);
  const comments = new Comments(server);
  const preview = new Preview(server);
  const stats = new StatsPanel(server);
  const doctor = new Doctor(server);
  const next = new NextEdits(server);
  context.subscriptions.push(pause, ghost, again, server, why, comments, preview, stats, alternatives, doctor, next, new NewLineMarks(server), new StatusBar(server, pause));
  context.subscriptions.push(vscode.Disposable.from(server.onStart((client) => { pause.goOn(client).catch(() => undefined); })));
  void server.start();
  return new App(server, pause, why, comments, again, preview, stats, alternatives, doctor, next);
}
