import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../src/edits.ts';
import { listed } from '../src/modelList.ts';
import type { CommentThread, Model } from '../src/protocol.ts';
import { logEntries } from '../src/syncLog.ts';
import { labelOf, safe } from '../src/threadText.ts';

const model: Model = { backend: 'ollama', model: 'codellama:7b-code', bytes: 3.8e9, code: true, current: true, why: 'the best there is', error: '', settings: { backend: 'ollama' } };

test('models, the way back, and who has none', () => {
  const entries = listed([model, { ...model, model: 'llama3', bytes: 0, code: false, current: false }, { ...model, backend: 'llamacpp', model: '', error: 'nobody listens' }]);
  assert.deepEqual(
    entries.map(({ label, description, detail }) => [label, description, detail]),
    [
      ['$(check) codellama:7b-code', 'ollama, 3.8 GB, answers now', 'the best there is'],
      ['$(blank) llama3', 'ollama, not made for code', undefined],
      ['$(wand) Automatic', 'what the settings say, and the best there is', undefined],
      ['$(circle-slash) llamacpp', 'not available', 'nobody listens'],
    ],
  );
  assert.deepEqual(entries.map((entry) => entry.choice?.backend), ['ollama', 'ollama', 'auto', undefined]);
});

test('headings of threads', () => {
  const thread: CommentThread = { id: '1', uri: '', range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, outdated: false, resolved: false, quote: '', comments: [] };
  assert.equal(labelOf(thread), 'Comment');
  assert.equal(labelOf({ ...thread, severity: 'warning', model: 'm', resolved: true, resolvedBy: 'Ada', outdated: true }), 'Warning found by m, resolved by Ada, the code has changed since');
});

test('a comment loads no picture', () => {
  assert.equal(safe('![x](https://example.com/x.png) [link](https://example.com)'), '!\\[x](https://example.com/x.png) [link](https://example.com)');
});

test('of what sync has done, what can be taken back comes first', () => {
  const one = { id: '1', kind: 'sync', branch: 'main', remote: 'origin', began: '2026-01-01T00:00:00Z', ended: '2026-01-01T00:00:01Z', state: 'IDLE', message: 'pushed 1 commit', undoable: false };
  const entries = logEntries([one, { ...one, id: '2', message: 'pulled 1 commit', undoable: true }], Date.parse(one.began));
  assert.deepEqual(entries.map((entry) => entry.operation?.id ?? entry.label), ['2', 'Nothing to take back', '1']);
  assert.equal(logEntries([{ ...one, undoable: true }], 0).length, 1);
});

test('a text with edits made', () => {
  assert.equal(edited('one two three', [{ start: 0, end: 3, text: '1' }, { start: 8, end: 13, text: '' }, { start: 4, end: 4, text: 'and ' }]), '1 and two ');
});

test('who is not there can be asked why', () => {
  const [, absent] = listed([{ ...model, backend: 'llamacpp', model: '', error: 'nobody listens' }]);
  assert.deepEqual(absent?.absent, { backend: 'llamacpp', why: 'nobody listens' });
});
