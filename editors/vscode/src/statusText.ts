// What the status bar says.
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
const syncWords: Record<string, { icon: string; words: string; alarm?: boolean }> = {
  OFFLINE: { icon: 'debug-disconnect', words: 'offline' },
  PORTAL: { icon: 'debug-disconnect', words: 'offline' },
  BACKOFF: { icon: 'debug-disconnect', words: 'offline' },
  CONFLICT: { icon: 'git-merge', words: 'conflict', alarm: true },
  AUTH: { icon: 'key', words: 'login needed', alarm: true },
  REJECTED: { icon: 'circle-slash', words: 'push refused', alarm: true },
  REWOUND: { icon: 'warning', words: 'remote rewritten', alarm: true },
  BUSY: { icon: 'watch', words: 'sync waits' },
};

export function describe(now: Situation): Line {
  const c = completions(now);
  const s = sync(now);
  const reviewing = now.life.state === 'running' && now.status?.review.state === 'busy';
  const parts = [c.text, reviewing ? '$(loading~spin) review' : '', s.text].filter((part) => part !== '');
  const words = [c.words, reviewing ? 'a review is running' : '', s.words].filter((part) => part !== '');
  return {
    text: parts.join('  '),
    tooltip: tooltip(now, c.words, s.words),
    label: `airside: ${words.join('; ')}`,
    alarm: c.alarm !== 'none' ? c.alarm : s.alarm ? 'warning' : 'none',
  };
}

function completions(now: Situation): { text: string; words: string; alarm: Line['alarm'] } {
  switch (now.life.state) {
    case 'starting':
      return { text: '$(loading~spin) airside', words: 'starting', alarm: 'none' };
    case 'waiting':
      return { text: '$(sync) airside', words: `the server ended; it starts again in ${now.life.seconds} s`, alarm: 'none' };
    case 'stopped':
      return { text: '$(circle-slash) airside', words: 'stopped', alarm: 'none' };
    case 'failed':
      return { text: '$(error) airside', words: now.life.message, alarm: 'error' };
    case 'running':
  }
  if (now.paused !== 'no') {
    return { text: '$(debug-pause) paused', words: now.paused === 'here' ? 'paused in this window' : 'paused everywhere', alarm: 'none' };
  }
  const c = now.status?.completion;
  if (c === undefined || c.state === 'starting') {
    return { text: '$(loading~spin) airside', words: 'looking for a model', alarm: 'none' };
  }
  const by = [plain(c.model), plain(c.backend)].filter((part) => part !== '').join(' by ');
  switch (c.state) {
    case 'busy':
      return { text: `$(loading~spin) ${short(c.model)}`, words: `${by} is busy`, alarm: 'none' };
    case 'disabled':
      return { text: '$(circle-slash) off', words: 'suggestions are off', alarm: 'none' };
    case 'error':
      return { text: '$(warning) no model', words: plain(c.message), alarm: 'warning' };
    default:
      return { text: `$(sparkle) ${short(c.model)}`, words: by, alarm: 'none' };
  }
}

function sync(now: Situation): { text: string; words: string; alarm: boolean } {
  const s = now.status?.sync;
  if (now.life.state !== 'running' || s === undefined || s.state === '' || s.state === 'disabled') {
    return { text: '', words: now.trusted ? '' : 'no sync in Restricted Mode', alarm: false };
  }
  const counts = [s.ahead > 0 ? `↑${s.ahead}` : '', s.behind > 0 ? `↓${s.behind}` : ''].filter((part) => part !== '').join(' ');
  const ahead = s.ahead > 0 ? `${s.ahead} to push` : '';
  const behind = s.behind > 0 ? `${s.behind} to pull` : '';
  const known = syncWords[s.state];
  if (known === undefined) {
    const words = [plain(s.branch), ahead, behind, ahead + behind === '' ? 'in step' : ''].filter((part) => part !== '');
    return { text: counts === '' ? '$(git-branch) ✓' : `$(git-branch) ${counts}`, words: words.join(', '), alarm: false };
  }
  const say = s.state === 'CONFLICT' && s.conflicts > 0 ? `${s.conflicts} conflict${s.conflicts === 1 ? '' : 's'}` : known.words;
  return {
    text: [`$(${known.icon})`, say, counts].filter((part) => part !== '').join(' '),
    words: [plain(s.branch), say, ahead, behind].filter((part) => part !== '').join(', '),
    alarm: known.alarm === true,
  };
}

function tooltip(now: Situation, completion: string, syncing: string): string {
  const lines = ['**airside**'];
  lines.push(`$(sparkle) ${markdown(completion)}`);
  const why = now.status?.completion;
  if (now.life.state === 'running' && now.paused === 'no' && why && why.state !== 'error' && why.message !== '') {
    lines.push(markdown(plain(why.message)));
  }
  if (syncing !== '') {
    lines.push(`$(git-branch) ${markdown(syncing)}`);
  }
  // Also where nothing is synced: then it says why the repository is refused.
  const said = now.status?.sync.message ?? '';
  if (said !== '') {
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
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\$\(/g, '$\u200b(');
}

function markdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~&-]/g, '\\$&');
}
