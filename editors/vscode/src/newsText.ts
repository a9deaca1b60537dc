// What came in, as the rows of a list.
import { l10n } from 'vscode';
import type { NewsCommit, SyncNews } from './protocol.ts';
import { plain } from './statusText.ts';
import { ago } from './syncLog.ts';

export interface Row {
  label: string;
  description?: string;
  detail?: string;
  /** A heading has none. */
  commit?: NewsCommit;
}

/** The rows of a list, what is new first, under headings where there is something of both. */
export function rowsOf(news: SyncNews, now: number): Row[] {
  const row = (commit: NewsCommit): Row => ({
    label: `$(git-commit) ${plain(commit.subject === '' ? commit.hash.slice(0, 10) : commit.subject)}`,
    description: plain(commit.mine ? l10n.t('{0} (you)', commit.author) : commit.author),
    detail: `${plain(commit.branch)}, ${ago(Date.parse(commit.time), now)}, ${commit.hash.slice(0, 10)}`,
    commit,
  });
  const fresh = news.commits.filter((commit) => commit.new).map(row);
  const seen = news.commits.filter((commit) => !commit.new).map(row);
  return [
    ...(fresh.length > 0 ? [{ label: l10n.t('New') }, ...fresh] : []),
    ...(seen.length > 0 ? [{ label: l10n.t('Seen before') }, ...seen] : []),
    ...(news.more > 0 ? [{ label: l10n.t('and {0} more', news.more) }] : []),
  ];
}
