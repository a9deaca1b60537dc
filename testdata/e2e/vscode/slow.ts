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
  console.log(`slow: shown at ${times.length} of ${world.places} places, after ${times.join(', ')} ms`);
}
