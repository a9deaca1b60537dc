// A folder that is a trap wherever git lets it name something: suggestions come,
// and it is saved in. What has run the Go test knows.
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function hostile(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['hostile'] ?? '');
  await window.openListed('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await window.goto(9);
  await window.type('\tif err');
  await window.awaitGhost(' != nil {');
  await window.press('Tab');
  await window.press('Control+S');
  await window.page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  await window.close();
}
