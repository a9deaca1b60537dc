import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stats } from '../src/protocol.ts';
import { statsPage } from '../src/statsPage.ts';

const nothing: Stats = { since: '', shown: 0, taken: 0, characters: 0, days: [], languages: [], models: [], canUndo: false, message: '' };
const some: Stats = {
  ...nothing,
  since: '2026-03-02', shown: 1030, taken: 311, characters: 9901,
  days: [{ day: '2026-03-30', shown: 0, taken: 0, characters: 0 }, { day: '2026-03-31', shown: 20, taken: 6, characters: 801 }],
  languages: [{ name: 'go', shown: 1010, taken: 305, characters: 9100 }, { name: '', shown: 0, taken: 1, characters: 1 }],
  models: [{ backend: 'ollama', model: '<script>alert(1)</script>', shown: 1030, taken: 311, characters: 9901, read_tokens_per_second: 130.4, write_tokens_per_second: 12.6, first_word_p50_ms: 420, first_word_p95_ms: 1520 }],
};

test('the page has no script and loads nothing', () => {
  const page = statsPage(some, 'abc');
  assert.ok(page.includes(`content="default-src 'none'; style-src 'nonce-abc'"`));
  assert.doesNotMatch(page, /<script|https?:|src=|url\(|@import| style="| on\w+="/);
  assert.ok(page.includes('&#60;script&#62;'));
});

test('the page says it in words, too', () => {
  const page = statsPage(some, 'abc');
  for (const want of ['1,030', '30 %', '9,901', 'without a name', '420 ms', '1.5 s', 'role="img"', 'command:airside.resetStats', 'since 2026-03-02']) {
    assert.ok(page.includes(want), want);
  }
  assert.ok(!page.includes('command:airside.undoResetStats'));
});

test('who hears the page has names, an order, and the picture as a table', () => {
  const page = statsPage({ ...some, message: 'taken back' }, 'abc');
  assert.match(page, /<html lang="en">/);
  for (const [, heading = ''] of page.matchAll(/<(?:table|section) aria-labelledby="(\w+)"/g)) {
    assert.ok(page.includes(`<h2 id="${heading}">`), heading);
  }
  assert.equal(page.match(/<table(?! aria-labelledby)/), null, 'a table without a name');
  assert.equal(page.match(/<th(?! scope=|ead)/), null, 'a heading of nothing');
  assert.equal(page.match(/<svg[^>]*>/g)?.filter((picture) => !/aria-hidden="true"|role="img" aria-label="/.test(picture)).length, 0);
  assert.match(page, /<details><summary>.*<th scope="row" class="day">2026-03-31<\/th><td>20<\/td><td>6<\/td><td>801<\/td>/s);
  assert.match(page, /<p role="status">taken back<\/p>/);
});

test('before the first suggestion, and after a reset', () => {
  assert.match(statsPage(nothing, 'abc'), /Nothing was shown yet\./);
  assert.doesNotMatch(statsPage(nothing, 'abc'), /resetStats|<svg/);
  assert.match(statsPage({ ...nothing, canUndo: true }, 'abc'), /since the last reset.*command:airside\.undoResetStats/s);
});
