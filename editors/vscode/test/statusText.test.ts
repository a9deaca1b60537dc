import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../src/protocol.ts';
import { describe, short, type Situation } from '../src/statusText.ts';

const ready: Status['completion'] = { state: 'ready', backend: 'ollama', model: 'codellama:7b-code', message: '' };
const off: Status['sync'] = { state: 'disabled', branch: '', ahead: 0, behind: 0, conflicts: 0, lastSync: '', message: '', new: 0, news: '' };
const idle: Status['sync'] = { ...off, state: 'IDLE', branch: 'main' };

function now(completion: Partial<Status['completion']>, sync: Partial<Status['sync']> = {}, more: Partial<Situation> = {}): Situation {
  return {
    life: { state: 'running' },
    status: { completion: { ...ready, ...completion }, sync: { ...off, ...sync }, review: { state: 'disabled', message: '' } },
    paused: 'no',
    trusted: true,
    ...more,
  };
}

const cases: [string, Situation, string, string][] = [
  ['ready', now({}), '$(sparkle) codellama:7b-code', 'none'],
  ['busy', now({ state: 'busy' }), '$(loading~spin) codellama:7b-code', 'none'],
  ['off', now({ state: 'disabled' }), '$(circle-slash) off', 'none'],
  ['no model', now({ state: 'error', message: 'nothing answers' }), '$(warning) no model', 'warning'],
  ['paused', now({ state: 'disabled' }, {}, { paused: 'here' }), '$(debug-pause) paused', 'none'],
  ['paused for a while', now({ state: 'paused', message: 'paused until 14:35, 29 min left', minutesLeft: 29 }), '$(debug-pause) 29 min', 'none'],
  ['paused until restart', now({ state: 'paused', message: 'paused until restart' }), '$(debug-pause) paused', 'none'],
  ['off here', now({ withheld: 'markdown is off by completion.languages' }), '$(circle-slash) off here', 'none'],
  ['before the first word', { life: { state: 'running' }, paused: 'no', trusted: true }, '$(loading~spin) airside', 'none'],
  ['starting', { life: { state: 'starting' }, paused: 'no', trusted: true }, '$(loading~spin) airside', 'none'],
  ['failed', { life: { state: 'failed', message: 'gone' }, paused: 'no', trusted: true }, '$(error) airside', 'error'],
  ['in step', now({}, idle), '$(sparkle) codellama:7b-code  $(git-branch) ✓', 'none'],
  ['news', now({}, { ...idle, new: 2, news: '2 new from A$(bug)da' }), '$(sparkle) codellama:7b-code  $(git-branch) ✓ 2 new from A$\u200b(bug)da', 'none'],
  ['news while offline', now({}, { ...idle, state: 'OFFLINE', ahead: 1, new: 1, news: '1 new from Ada' }), '$(sparkle) codellama:7b-code  $(debug-disconnect) offline ↑1 1 new from Ada', 'none'],
  ['ahead and behind', now({}, { ...idle, ahead: 2, behind: 1 }), '$(sparkle) codellama:7b-code  $(git-branch) ↑2 ↓1', 'none'],
  ['offline is no alarm', now({}, { ...idle, state: 'OFFLINE', ahead: 3 }), '$(sparkle) codellama:7b-code  $(debug-disconnect) offline ↑3', 'none'],
  ['one conflict', now({}, { ...idle, state: 'CONFLICT', conflicts: 1 }), '$(sparkle) codellama:7b-code  $(git-merge) 1 conflict', 'warning'],
  ['login', now({}, { ...idle, state: 'AUTH' }), '$(sparkle) codellama:7b-code  $(key) login needed', 'warning'],
  ['a name with an icon in it', now({ model: 'x$(bug)\ny' }), '$(sparkle) x$\u200b(bug) y', 'none'],
];

for (const [name, situation, text, alarm] of cases) {
  test(name, () => {
    const line = describe(situation);
    assert.equal(line.text, text);
    assert.equal(line.alarm, alarm);
    assert.ok(line.label.startsWith('airside: '));
  });
}

test('how a branch stands is said once', () => {
  const { tooltip, label } = describe(now({}, { ...idle, message: 'in step with origin', news: '1 new from Ada', new: 1 }));
  assert.match(tooltip, /\$\(git-branch\) main, in step with origin, 1 new from Ada$/);
  assert.equal(tooltip.match(/in step/g)?.length, 1);
  assert.match(label, /; main, in step, 1 new from Ada$/);
  assert.match(describe(now({}, { ...idle, ahead: 2, message: 'the network is slow' })).tooltip, /main, 2 to push\n\nthe network is slow$/);
});

test('models have short names', () => {
  assert.equal(short('/models/codellama-7b.Q4_K_M.gguf'), 'codellama-7b.Q4_K_M');
  assert.equal(short('a'.repeat(40)), `${'a'.repeat(27)}…`);
  assert.equal(short(''), 'airside');
});
