import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf } from '../src/newsText.ts';
import type { NewsCommit, SyncNews } from '../src/protocol.ts';

const time = Date.parse('2026-11-24T12:00:00Z');
const commit = (more: Partial<NewsCommit>): NewsCommit => ({
  hash: '0123456789abcdef', author: 'Ada', subject: 'Load by name', branch: 'main', time: '2026-11-24T10:00:00Z',
  operation: '20261124T100000-000002', work_dir: '/w', new: true, mine: false, ...more,
});
const news = (...commits: NewsCommit[]): SyncNews => ({ new: 1, message: '', commits, more: 0, latest: {} });

test('what came in is listed under what is new and what was seen', () => {
  const rows = rowsOf({ ...news(commit({}), commit({ author: 'Grace', subject: '$(bug)', new: false, mine: true }), commit({ subject: '', new: false })), more: 7 }, time);
  assert.deepEqual(rows.map((row) => row.label), ['New', '$(git-commit) Load by name', 'Seen before', '$(git-commit) $\u200b(bug)', '$(git-commit) 0123456789', 'and 7 more']);
  assert.deepEqual(rows.map((row) => row.description ?? ''), ['', 'Ada', '', 'Grace (you)', 'Ada', '']);
  assert.equal(rows[1]?.detail, 'main, 2 hours ago, 0123456789');
  assert.deepEqual(rowsOf(news(), time), []);
});
