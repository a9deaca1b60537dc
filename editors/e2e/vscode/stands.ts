// Whether ghost text stands when somebody has paused at a place where the model has an
// answer, in VS Code as it is installed, with a real model: behind a line that was opened,
// and behind the half of the next line.
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

/** How long the model is waited for when it is asked by a command, in milliseconds: longer than any answer takes. */
const byCommand = 20_000;

export async function stands(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.awaitStatus(/qwen/i);
  const paused = async (what: string, file: string, line: number): Promise<void> => {
    const began = Date.now(), end = began + world.lookMs;
    let since = 0;
    let ghost = '';
    while (Date.now() < end) {
      ghost = await window.ghost();
      if (ghost === '') {
        since = 0;
      } else if (since === 0) {
        since = Date.now() - began;
      }
      await window.page.waitForTimeout(20);
    }
    let answer = ghost !== '';
    if (!answer) {
      await window.command('Trigger Inline Suggestion');
      for (const late = Date.now() + byCommand; !answer && Date.now() < late; await window.page.waitForTimeout(50)) {
        answer = (await window.ghost()) !== '';
      }
    }
    const became = since > 0 ? `after ${since} ms` : `not, and the model has ${answer ? 'an answer' : 'none'}`;
    console.log(`stands: ${what} ${file}:${line} ${became}`);
  };
  for (const { file, line, half } of world.waits) {
    await window.openFile(file);
    await window.goto(line);
    await window.page.waitForTimeout(world.lookMs);
    await window.press('Control+Enter');
    await paused('opened', file, line);
    await window.press('Escape');
    await window.page.keyboard.type(half, { delay: 125 });
    await paused('typed', file, line);
    await window.press('Escape');
    await window.command('View: Revert and Close Editor');
  }
}
