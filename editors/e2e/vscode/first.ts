// What somebody waits for with a real model, in VS Code as it is installed: in a
// file just opened, from the key that opens a line in its middle until there is ghost
// text, and from the last key of the half of the next line that is then typed.
import type { Browser } from 'playwright-core';
import { report, watch, type Watch } from './latency.ts';
import { Workbench, type World } from './workbench.ts';

/** Milliseconds after which a suggestion counts as none. */
const giveUp = 8000;

export async function first(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.awaitStatus(/qwen/i);
  await window.page.evaluate(watch);
  const times: Record<string, number[]> = { first: [], on: [] };
  const ghostAfter = async (what: string, press: () => Promise<void>): Promise<void> => {
    await window.page.evaluate(() => { (globalThis as unknown as Watch).ms = undefined; });
    await press();
    const end = Date.now() + giveUp;
    let ms: number | undefined;
    while (ms === undefined && Date.now() < end) {
      ms = await window.page.evaluate(() => (globalThis as unknown as Watch).ms);
      await window.page.waitForTimeout(20);
    }
    times[what]?.push(ms ?? giveUp);
  };
  for (const { file, line, half } of world.waits) {
    await window.openFile(file);
    await window.goto(line);
    await window.page.waitForTimeout(world.lookMs);
    await ghostAfter('first', () => window.press('Control+Enter'));
    const last = half.slice(-1);
    await window.page.keyboard.type(half.slice(0, -1), { delay: 125 });
    await window.page.waitForTimeout(125);
    await ghostAfter('on', () => window.page.keyboard.type(last));
    await window.press('Escape');
    await window.command('View: Revert and Close Editor');
  }
  for (const [what, ms] of Object.entries(times)) {
    report(what, ms);
    console.log(`${what}: nothing within ${giveUp} ms at ${ms.filter((t) => t >= giveUp).length} of ${ms.length}; ${ms.map(Math.round).join(', ')}`);
  }
}
