// A panel of alternatives: opened beside, filled as they are found, one of them taken by
// the keyboard, undone in one step, another one taken with the mouse.
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function alternatives(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await window.goto(9);
  await window.type('\tif err');
  await window.awaitGhost(' != nil {');
  const before = await window.text();

  const lenses = window.page.locator('.codelens-decoration');
  const open = async (): Promise<void> => {
    await window.press('Control+Alt+Enter');
    await window.page.locator('.tab.active', { hasText: 'Alternatives' }).waitFor();
    await window.awaitText(' alternatives\nEnter takes the one at the cursor');
  };
  await open();
  for (const wanted of ['if err != nil {\n    return nil, err\n}', 'if err == io.EOF {']) {
    await window.until(JSON.stringify(wanted), () => window.text(), (panel) => panel.includes(wanted));
  }
  await window.shoot('alternatives');

  await window.press('Control+End', 'Enter'); // the last one
  await window.page.locator('.tab', { hasText: 'Alternatives' }).waitFor({ state: 'detached' });
  await window.until('an alternative in the text', () => window.text(), (text) => text !== before && text.includes('    if err'));
  await window.shoot('alternatives-taken');
  await window.press('Control+Z');
  await window.until('one step of undo', () => window.text(), (text) => text === before);

  await window.goto(9);
  await open();
  await window.press('Enter'); // the first one, where the cursor is
  await window.awaitText('    if err != nil {\n        return nil, err\n    }');
  await window.press('Control+Z');
  await window.until('one step of undo', () => window.text(), (text) => text === before);

  await window.goto(9);
  await open();
  await lenses.locator('a', { hasText: 'Take 1' }).click();
  await window.awaitText('    if err != nil {\n        return nil, err\n    }');
}
