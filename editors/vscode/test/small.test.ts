import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Backoff } from '../src/backoff.ts';
import { find, Missing, unfit } from '../src/binary.ts';
import type { Operation } from '../src/protocol.ts';
import { parse, serverLevel } from '../src/logs.ts';
import { explicit, serverSettings } from '../src/settings.ts';
import { ago, entryOf } from '../src/syncLog.ts';
import { render } from '../src/traces.ts';

test('restarts wait longer and longer, then end; who ran for long begins anew', () => {
  const backoff = new Backoff();
  const waits = [1, 1, 1, 1].map((ran) => backoff.crashed(ran, true) ?? Infinity);
  assert.deepEqual(waits, waits.toSorted((a, b) => a - b));
  assert.equal(backoff.crashed(1, true), undefined);
  assert.equal(backoff.crashed(1e6, true), waits[0]);
  backoff.reset();
  assert.deepEqual([1, 2, 3].map(() => backoff.crashed(1, false)), [waits[0], waits[1], undefined]);
});

const dir = mkdtempSync(join(tmpdir(), 'airside'));
after(() => { rmSync(dir, { recursive: true }); });

test('the binary: the setting, the own, $PATH', () => {
  const at = (name: string, mode: number): string => {
    mkdirSync(join(dir, name));
    const file = join(dir, name, 'airside');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, mode);
    return file;
  };
  const [set, own, path] = [at('set', 0o755), at('own', 0o644), at('path', 0o755)];
  const places = { setting: '', bundled: own, path: `relative:${join(dir, 'path')}`, home: dir };
  assert.deepEqual(find({ ...places, setting: '~/set/airside' }), { path: set, from: 'airside.path' });
  assert.deepEqual(find(places), { path: own, from: 'the extension' });
  assert.ok(statSync(own).mode & 0o100, 'made executable');
  assert.deepEqual(find({ ...places, bundled: join(dir, 'none') }), { path, from: 'PATH' });
  for (const wrong of [{ setting: 'airside' }, { setting: join(dir, 'none') }, { bundled: dir, path: '' }]) {
    assert.throws(() => find({ ...places, ...wrong }), Missing);
  }
});

test('which servers will do', () => {
  const all = ['airside.accepted', 'airside.why', 'airside.sync.now', 'more'];
  for (const version of ['devel', 'v0.1.0-3-gabc', '1.2.3', undefined]) {
    assert.equal(unfit('airside', version, all), undefined);
  }
  assert.match(unfit('airside', 'v0.0.9', all) ?? '', /0\.0\.9.*needs/);
  assert.match(unfit('airside', 'devel', ['airside.why']) ?? '', /airside\.accepted/);
  assert.match(unfit('gopls', '1.0.0', all) ?? '', /gopls/);
});

test('a line of the log', () => {
  assert.deepEqual(parse('time=2026-11-25T04:00:00Z level=WARN msg="a b" n=1'), { level: 'warn', message: 'msg="a b" n=1' });
  assert.deepEqual(parse('panic: no'), { level: 'error', message: 'panic: no' });
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(serverLevel), ['error', 'debug', 'debug', 'info', 'warn', 'error']);
});

test('only what somebody has set goes to the server', () => {
  const set: Record<string, object> = { a: { globalValue: 1 }, b: { defaultValue: 2 }, c: { workspaceValue: false } };
  assert.deepEqual(explicit(['a', 'b', 'c', 'd'], (name) => set[name], (name) => `value of ${name}`), { a: 'value of a', c: 'value of c' });
});

test('the server has settings, and those of the extension are not among them', () => {
  const names = serverSettings(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
  assert.ok(names.includes('completion.enabled'));
  assert.ok(!names.includes('path') && !names.includes('trace.server'));
});

test('operations in a list', () => {
  const operation: Operation = { id: '7f', kind: 'sync', branch: 'main', remote: 'origin', began: '2026-11-25T04:00:00Z', ended: '2026-11-25T04:00:01Z', state: 'IDLE', message: 'pulled 1 commit', undoable: true };
  const time = Date.parse('2026-11-25T06:30:00Z');
  assert.deepEqual(entryOf(operation, time), { label: '$(sync) sync main', description: 'pulled 1 commit', detail: '2 hours ago, origin, operation 7f' });
  const open: Operation = { ...operation };
  delete open.ended;
  assert.equal(entryOf(open, time).description, 'unfinished');
  assert.deepEqual([0, 90e3, 864e5, NaN].map((ms) => ago(time - ms, time)), ['just now', '1 minute ago', '1 day ago', 'some time ago']);
});

test('why there was no suggestion', () => {
  const trace = {
    id: '1', time: '2026-11-25T04:00:00.123456Z', path: '/a/b.go', offset: 3, summary: '04:00:00 b.go:1: nothing, it would break the syntax', shown: '', reason: 'breaks the syntax', cached: false, speculative: false,
    alternative: 0, promptTokens: 0, cachedPromptTokens: 0, generatedTokens: 0, timingsMs: { context: 0, prompt: 0, firstToken: 0, total: 0 },
  };
  const ahead = { ...trace, speculative: true, summary: '04:00:01 b.go:2: prepared x, ahead of the typing', prompt: 'a\nb' };
  assert.match(render([ahead, trace]), /^# The latest requests\n\n- 04:00:00 b\.go:1: nothing, it would break the syntax\n\n# In full\n\n## 04:00:01.*\n[^]*\n {4}a\n {4}b\n/);
  assert.match(render([]), /No request/);
});
