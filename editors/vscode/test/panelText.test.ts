import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut } from '../src/panelText.ts';

const at = (character: number): { start: { character: number } } => ({ start: { character } });

test('each alternative stands whole, outdented, under its heading', () => {
  const { text, blocks } = layOut(['2 of\nthem', 'keys'], '\tif err', [
    { insertText: ' != nil {\n\t\treturn err\n\t}\n', label: '3 lines', range: at(7) },
    { insertText: 'if err == nil {', label: '1 line', range: at(1) },
  ]);
  assert.equal(text, '2 of them\nkeys\n\nAlternative 1, 3 lines\nif err != nil {\n\treturn err\n}\n\nAlternative 2, 1 line\nif err == nil {\n');
  assert.deepEqual(blocks, [{ line: 3 }, { line: 8 }]);
});

test('nothing found leaves the head', () => {
  assert.deepEqual(layOut(['None: busy'], 'x', []), { text: 'None: busy\n', blocks: [] });
});
