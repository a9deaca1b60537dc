// What the status bar says.
import { l10n } from 'vscode';
import type { Status } from './protocol.ts';

export interface Line {
  text: string;
  /** Markdown. */
  tooltip: string;
  /** For screen readers. */
  label: string;
  alarm: 'none' | 'warning' | 'error';
}

/** What is known on this side of the server. */
export type Life =
  | { state: 'starting' }
  | { state: 'running' }
  | { state: 'waiting'; seconds: number }
  | { state: 'stopped' }
  | { state: 'failed'; message: string };

export interface Situation {
  life: Life;
  status?: Status | undefined;
  paused: 'no' | 'here' | 'everywhere';
  trusted: boolean;
}

/** Sync states in which something waits for the user. Offline is none of them. */
function syncWords(state: string): { icon: string; words: string; alarm?: boolean } | undefined {
  switch (state) {
    case 'OFFLINE':
    case 'PORTAL':
    case 'BACKOFF':
      return { icon: 'debug-disconnect', words: l10n.t('offline') };
    case 'CONFLICT':
      return { icon: 'git-merge', words: l10n.t('conflict'), alarm: true };
    case 'AUTH':
      return { icon: 'key', words: l10n.t('login needed'), alarm: true };
    case 'REJECTED':
      return { icon: 'circle-slash', words: l10n.t('push refused'), alarm: true };
    case 'REWOUND':
      return { icon: 'warning', words: l10n.t('remote rewritten'), alarm: true };
    case 'BUSY':
      return { icon: 'watch', words: l10n.t('sync waits') };
    default:
      return undefined;
  }
}

export function describe(now: Situation): Line {
  const c = completions(now);
  const s = sync(now);
  const reviewing = now.life.state === 'running' && now.status?.review.state === 'busy';
  const parts = [c.text, reviewing ? `$(loading~spin) ${l10n.t('review')}` : '', s.text].filter((part) => part !== '');
  const words = [c.words, reviewing ? l10n.t('a review is running') : '', s.words].filter((part) => part !== '');
  return {
    text: parts.join('  '),
    tooltip: tooltip(now, c.words, s.told ?? s.words, s.told !== undefined),
    label: `airside: ${words.join('; ')}`,
    alarm: c.alarm !== 'none' ? c.alarm : s.alarm ? 'warning' : 'none',
  };
}

function completions(now: Situation): { text: string; words: string; alarm: Line['alarm'] } {
  switch (now.life.state) {
    case 'starting':
      return { text: '$(loading~spin) airside', words: l10n.t('starting'), alarm: 'none' };
    case 'waiting':
      return { text: '$(sync) airside', words: l10n.t('the server ended; it starts again in {0} s', now.life.seconds), alarm: 'none' };
    case 'stopped':
      return { text: '$(circle-slash) airside', words: l10n.t('stopped'), alarm: 'none' };
    case 'failed':
      return { text: '$(error) airside', words: now.life.message, alarm: 'error' };
    case 'running':
  }
  if (now.paused !== 'no') {
    return { text: `$(debug-pause) ${l10n.t('paused')}`, words: now.paused === 'here' ? l10n.t('paused in this window') : l10n.t('paused everywhere'), alarm: 'none' };
  }
  const c = now.status?.completion;
  if (c === undefined || c.state === 'starting') {
    return { text: '$(loading~spin) airside', words: l10n.t('looking for a model'), alarm: 'none' };
  }
  const who = [plain(c.model), plain(c.backend)].filter((part) => part !== '');
  const by = who.length === 2 ? l10n.t('{0} by {1}', ...who) : who.join('');
  switch (c.state) {
    case 'busy':
      return { text: `$(loading~spin) ${short(c.model)}`, words: l10n.t('{0} is busy', by), alarm: 'none' };
    case 'paused': {
      const left = c.minutesLeft ?? 0;
      return { text: `$(debug-pause) ${left > 0 ? l10n.t('{0} min', left) : l10n.t('paused')}`, words: plain(c.message), alarm: 'none' };
    }
    case 'disabled':
      return { text: `$(circle-slash) ${l10n.t('off')}`, words: l10n.t('suggestions are off'), alarm: 'none' };
    case 'error':
      return { text: `$(warning) ${l10n.t('no model')}`, words: plain(c.message), alarm: 'warning' };
    default:
      return (c.withheld ?? '') === ''
        ? { text: `$(sparkle) ${short(c.model)}`, words: by, alarm: 'none' }
        : { text: `$(circle-slash) ${l10n.t('off here')}`, words: l10n.t('no suggestions here: {0}', plain(c.withheld ?? '')), alarm: 'none' };
  }
}

/** told are the words where the server's message says how the branch stands. */
function sync(now: Situation): { text: string; words: string; told?: string; alarm: boolean } {
  const s = now.status?.sync;
  if (now.life.state !== 'running' || s === undefined || s.state === '' || s.state === 'disabled') {
    return { text: '', words: now.trusted ? '' : l10n.t('no sync in Restricted Mode'), alarm: false };
  }
  const counts = [s.ahead > 0 ? `↑${s.ahead}` : '', s.behind > 0 ? `↓${s.behind}` : ''].filter((part) => part !== '').join(' ');
  const ahead = s.ahead > 0 ? l10n.t('{0} to push', s.ahead) : '';
  const behind = s.behind > 0 ? l10n.t('{0} to pull', s.behind) : '';
  const news = plain(s.news ?? '');
  const known = syncWords(s.state);
  if (known === undefined) {
    const inStep = ahead + behind === '';
    const words = (state: string): string => [plain(s.branch), ahead, behind, state, news].filter((part) => part !== '').join(', ');
    return {
      text: ['$(git-branch)', counts === '' ? '✓' : counts, news].filter((part) => part !== '').join(' '),
      words: words(inStep ? l10n.t('in step') : ''),
      ...(inStep && s.message !== '' ? { told: words(plain(s.message)) } : {}),
      alarm: false,
    };
  }
  const conflicts = s.conflicts === 1 ? l10n.t('1 conflict') : l10n.t('{0} conflicts', s.conflicts);
  const say = s.state === 'CONFLICT' && s.conflicts > 0 ? conflicts : known.words;
  return {
    text: [`$(${known.icon})`, say, counts, news].filter((part) => part !== '').join(' '),
    words: [plain(s.branch), say, ahead, behind, news].filter((part) => part !== '').join(', '),
    alarm: known.alarm === true,
  };
}

function tooltip(now: Situation, completion: string, syncing: string, saidAll: boolean): string {
  const lines = ['**airside**'];
  lines.push(`$(sparkle) ${markdown(completion)}`);
  const why = now.status?.completion;
  if (now.life.state === 'running' && now.paused === 'no' && why && !['error', 'paused'].includes(why.state) && (why.withheld ?? '') === '' && why.message !== '') {
    lines.push(markdown(plain(why.message)));
  }
  if (now.life.state === 'running' && now.paused === 'no' && why?.state === 'error') {
    lines.push(`[${l10n.t('Choose a model')}](command:airside.chooseModel) · [${l10n.t('Run the doctor')}](command:airside.doctor)`);
  }
  if (syncing !== '') {
    lines.push(`$(git-branch) ${markdown(syncing)}`);
  }
  // Also where nothing is synced: then it says why the repository is refused.
  const said = now.status?.sync.message ?? '';
  if (said !== '' && !saidAll) {
    lines.push(markdown(plain(said)));
  }
  return lines.join('\n\n');
}

/** A model's name that leaves room for others: no folders, no ending, 28 signs. */
export function short(model: string): string {
  const name = plain(model).replace(/^.*[/\\](?=.)/, '').replace(/\.gguf$/i, '');
  if (name === '') {
    return 'airside';
  }
  const signs = Array.from(name);
  return signs.length <= 28 ? name : `${signs.slice(0, 27).join('')}…`;
}

/** A text from outside that must not become an icon or a second line. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\$\(/g, '$\u200b(');
}

function markdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~&-]/g, '\\$&');
}
