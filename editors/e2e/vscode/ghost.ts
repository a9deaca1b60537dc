// Ghost text: seen, chosen from, taken by word, by line and whole; paused; and
// what the server counts of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function ghost(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await window.goto(9);
  await window.type('\tif err');
  await window.awaitGhost(' != nil {\n        return nil, err\n    }');
  await window.shoot('ghost');

  await window.press('Alt+]');
  await window.awaitGhost(' == io.EOF {');
  await window.shoot('ghost-alternative');
  await window.press('Alt+[');
  await window.awaitGhost(' != nil {');

  await window.press('Control+ArrowRight', 'Control+ArrowRight'); // a space, then the word
  await window.awaitText('    if err !=');
  await window.awaitGhost('nil {\n');
  await window.shoot('ghost-word');
  await window.press('Control+Alt+ArrowRight');
  await window.awaitText('    if err != nil {');
  await window.awaitGhost('return nil, err');
  await window.press('Tab', 'Tab'); // VS Code's first Tab indents an empty line
  await window.awaitText('    if err != nil {\n        return nil, err\n    }');
  await window.shoot('ghost-taken');
  await window.awaitGhost('\n    return data, nil'); // the block ends here: what follows is there, too
  await window.shoot('ghost-next');
  await window.press('Tab');
  await window.awaitText('    }\n    return data, nil\n}');

  await window.openMenu('Pause here');
  await window.shoot('menu');
  await window.press('Escape');
  for (const [line, way] of [[12, 'Pause here'], [13, 'Pause everywhere']] as const) {
    await window.menu(way);
    await window.awaitStatus(/paused/);
    await window.goto(line);
    await window.type('\nif err');
    assert.equal(await window.ghost(), '', 'a suggestion came while paused');
    await window.menu('Resume');
    await window.awaitStatus(/codellama-7b-code/);
    await window.press('Backspace'); // the menu has given the focus back
    await window.type('r');
    await window.awaitGhost(' != nil');
    await window.press('Escape');
  }

  await window.command('airside: Why No Suggestion?');
  await window.page.locator('.tab.active', { hasText: 'Why no suggestion' }).waitFor();
  await window.shoot('why');

  await activation(window);

  // A server that is told to go writes down what it has counted.
  await window.command('airside: Restart');
  const file = join(world.cache, 'airside', 'statistics.json');
  const counted = await window.until('the statistics', () => Promise.resolve(count(file)), (c) => c.accepted >= 2 && c.partly_accepted >= 1);
  console.log('counted', JSON.stringify(counted));
  assert.ok(counted.shown > 0, 'nothing was counted as shown');
  assert.equal(counted.accepted, 2);
  assert.equal(counted.partly_accepted, 1);
}

interface Counts {
  shown: number;
  accepted: number;
  partly_accepted: number;
}

function count(file: string): Counts {
  const sum: Counts = { shown: 0, accepted: 0, partly_accepted: 0 };
  let models: Counts[] = [];
  try {
    models = JSON.parse(readFileSync(file, 'utf8')) as Counts[];
  } catch {
    return sum; // not written yet
  }
  for (const model of models) {
    sum.shown += model.shown;
    sum.accepted += model.accepted;
    sum.partly_accepted += model.partly_accepted;
  }
  return sum;
}

/** What the extension costs VS Code's start, in ms by VS Code's own clock. */
export async function activation(window: Workbench): Promise<number> {
  await window.command('Developer: Show Running Extensions');
  const row = window.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'airside' });
  // The list is drawn as far as it is seen, the slowest first.
  await window.page.locator('.runtime-extensions-editor .monaco-list-row').first().hover();
  await window.until('airside among the extensions', async () => {
    await window.page.mouse.wheel(0, 300);
    return row.count();
  }, (n) => n > 0);
  const said = (await row.locator('.activation-time').textContent()) ?? '';
  console.log('activation:', said);
  await window.press('Escape');
  await row.waitFor({ state: 'detached' });
  const ms = Number(/(\d+)\s*ms/.exec(said)?.[1]);
  assert.ok(ms >= 0, `activation took ${said}`);
  return ms;
}
