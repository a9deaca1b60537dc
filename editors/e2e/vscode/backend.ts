// A model that breaks and is mended: the status bar tells, and no message pops up.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function backend(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await fetch(`${world.control}/break`);
  try {
    await broken(window);
  } finally {
    await fetch(`${world.control}/mend`);
  }
  await window.awaitStatus(/codellama-7b-code/);
}

async function broken(window: Workbench): Promise<void> {
  await window.press('Control+End');
  await window.type('\n// now');
  const said = await window.awaitStatus(/^(?!.*codellama)/);
  console.log('broken:', said);
  await window.awaitHover('airside');
  await window.shoot('backend-broken');
  await window.page.mouse.move(500, 300);
  assert.equal(await window.notifications().count(), 0, 'a message popped up');
}
