import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listed } from '../src/modelList.ts';
import type { CommentThread, Model } from '../src/protocol.ts';
import { labelOf, safe } from '../src/threadText.ts';

const model: Model = { backend: 'ollama', model: 'codellama:7b-code', bytes: 3.8e9, code: true, current: true, why: 'the best there is', error: '', settings: { backend: 'ollama' } };

test('models, the way back, and who has none', () => {
  const entries = listed([model, { ...model, model: 'llama3', bytes: 0, code: false, current: false }, { ...model, backend: 'llamacpp', model: '', error: 'nobody listens' }]);
  assert.deepEqual(
    entries.map(({ label, description, detail }) => [label, description, detail]),
    [
      ['$(check) codellama:7b-code', 'ollama, 3.8 GB', 'the best there is'],
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
