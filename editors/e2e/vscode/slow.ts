// A model as slow as a laptop's, in VS Code as it is installed: what the model has
// to say is shown at every place where somebody waits for it.
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

/** The line of the first place, from 1, and how far it is to the next one. */
const first = 14;
const apart = 7;

export async function slow(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.openFile('store.go');
  await window.awaitStatus(/codellama-7b-code/);
  const times: number[] = [];
  let grown = 0;
  for (let n = 0; n < world.places; n++) {
    const { typed, ghost } = world.attempts[n % world.attempts.length] ?? { typed: '', ghost: '' };
    const wanted = ghost.replaceAll('%d', String(n)).replaceAll('\t', '    ');
    await window.goto(first + n * apart + grown);
    await window.type(typed);
    const began = Date.now();
    await window.awaitGhost(wanted);
    times.push(Date.now() - began);
    await window.shoot(`slow-${n % world.attempts.length}`);
    await window.press('Tab');
    await window.awaitText(typed.replaceAll('\t', '    ') + wanted);
    grown += wanted.split('\n').length - 1;
  }
  // Who says no is not shown it later: neither what has not come yet, nor what has.
  for (const [n, line] of [first - 1, first - 1 + apart + 3].entries()) {
    await window.goto(line);
    await window.press('Enter');
    await window.type(n === 0 ? 'size' : 'text := ');
    if (n === 0) {
      await window.page.waitForTimeout(1000); // VS Code waits no longer; the model has not said a word
    } else {
      await window.awaitGhost('string(data1)');
    }
    await window.press('Escape');
    await window.awaitNoGhost();
    for (const end = Date.now() + 4000; Date.now() < end; await window.page.waitForTimeout(20)) {
      if ((await window.ghost()) !== '') {
        throw new Error(`shown after Escape: ${await window.ghost()}`);
      }
    }
  }
  console.log(`slow: shown at ${times.length} of ${world.places} places, after ${times.join(', ')} ms`);
}
