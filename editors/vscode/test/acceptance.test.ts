import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acceptance, type Change } from '../src/acceptance.ts';

/** A document's text left of the cursor is 10 units; each step inserts or replaces. */
const cases: { name: string; texts: string[]; taken?: number; steps: (string | Change)[]; told: (string | undefined)[] }[] = [
  { name: 'a word', texts: [' != nil {\n}'], steps: [' !='], told: [' != nil {\n}@3'] },
  { name: 'words add up', texts: [' != nil {\n}'], steps: [' !=', ' nil'], told: [' != nil {\n}@3', ' != nil {\n}@7'] },
  { name: 'a line', texts: [' != nil {\n\treturn\n}'], steps: [' != nil {\n'], told: [' != nil {\n\treturn\n}@10'] },
  { name: 'all is told by the command', texts: [' != nil'], steps: [' != nil'], told: [undefined] },
  { name: 'typing is none', texts: ['nil'], steps: ['n', 'i'], told: [undefined, undefined] },
  { name: 'typed signs count once a word is taken', texts: ['return err'], steps: ['r', 'eturn'], told: [undefined, 'return err@6'] },
  { name: 'what stood before counts', texts: ['return err'], taken: 3, steps: ['urn'], told: ['return err@6'] },
  { name: 'a new line with its indentation is typing', texts: ['\n\treturn nil'], steps: ['\n\t'], told: [undefined] },
  { name: 'brackets that close themselves are typing', texts: ['() {\n}'], steps: ['()'], told: [undefined] },
  { name: 'an alternative', texts: [' != nil', ' == nil {'], steps: [' == '], told: [' == nil {@4'] },
  { name: 'another text ends it', texts: [' != nil {'], steps: ['xyz', ' !='], told: [undefined, undefined] },
  { name: 'elsewhere', texts: [' != nil {'], steps: [{ offset: 3, length: 0, text: ' !=' }, ' !='], told: [undefined, undefined] },
  { name: 'a deletion', texts: [' != nil {'], steps: [{ offset: 10, length: 2, text: '' }], told: [undefined] },
  { name: 'beyond the basic plane', texts: ['𝛼𝛽 = 1\n'], steps: ['𝛼𝛽'], told: ['𝛼𝛽 = 1\n@4'] },
];

for (const { name, texts, taken, steps, told } of cases) {
  test(name, () => {
    const acceptance = new Acceptance<string>();
    acceptance.shown('a.go', 10, texts.map((text) => ({ item: text, text, taken: taken ?? 0 })));
    let cursor = 10;
    const got = steps.map((step) => {
      const change = typeof step === 'string' ? { offset: cursor, length: 0, text: step } : step;
      if (typeof step === 'string') {
        cursor += step.length;
      }
      assert.equal(acceptance.changed('b.go', [change]), undefined, 'another document');
      const part = acceptance.changed('a.go', [change]);
      return part && `${part.item}@${part.taken}`;
    });
    assert.deepEqual(got, told);
  });
}
