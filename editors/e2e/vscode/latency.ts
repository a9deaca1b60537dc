// From a key to ghost text in the DOM, beside the server's own share of it; and
// what the start costs.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { activation } from './ghost.ts';
import { Workbench, type World } from './workbench.ts';

const rounds = 40;

export async function latency(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.page.context().grantPermissions(['clipboard-read']);
  await window.openFile('load.go');
  await window.awaitStatus(/codellama/);
  const ms = await activation(window);
  assert.ok(ms < 50, `activation took ${ms} ms`);
  await window.openFile('load.go');
  window.set({ 'editor.autoClosingBrackets': 'never' });
  await window.page.evaluate(watch);
  const seen: number[] = [];
  for (let n = 0; n < rounds; n++) {
    // Another name each time, so that the server has no answer yet: eight keys a
    // second, and what is measured is the parenthesis.
    await window.press('Control+End');
    await window.page.keyboard.type(`\nf${n}`, { delay: 125 });
    await window.awaitNoGhost();
    await window.page.evaluate(() => { (globalThis as unknown as Watch).ms = undefined; });
    await window.press('Shift+(');
    const ms = await window.until('ghost text', () => window.page.evaluate(() => (globalThis as unknown as Watch).ms), (ms) => ms !== undefined);
    seen.push(ms ?? 0);
    await window.press('Escape');
  }
  await window.command('airside: Why No Suggestion?');
  await window.page.locator('.tab.active', { hasText: 'Why no suggestion' }).waitFor();
  await window.page.locator('.editor-group-container', { hasText: 'Why no suggestion' }).last().locator('.view-lines').click();
  await window.press('Control+A', 'Control+C');
  const told = await window.page.evaluate(() => navigator.clipboard.readText());
  const own = [...told.matchAll(/: suggested(?:(?!##)[^])*?- time: ([\d.]+) ms/g)].map((m) => Number(m[1]));
  report('screen: from a key to ghost text in the DOM', seen);
  report('server: of this, with its model', own);
  console.log('VS Code itself waits 50 ms before it asks');
}

export interface Watch {
  ms: number | undefined;
  pressed: number;
}

/** Runs in the page: notes when a key goes down and when ghost text is next seen. */
export function watch(): void {
  const w = globalThis as unknown as Watch;
  addEventListener('keydown', () => { w.pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (w.ms === undefined && document.querySelector('.ghost-text-decoration') !== null) {
      w.ms = performance.now() - w.pressed;
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
}

export function report(what: string, ms: number[]): void {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (p: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN).toFixed(1);
  console.log(`${what}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, n=${sorted.length}`);
}
