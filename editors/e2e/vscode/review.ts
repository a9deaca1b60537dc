// A review of a file: a finding, and its fix.
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function review(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['review'] ?? '');
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await window.goto(9);
  await window.type('\tprintln("here")');
  await window.press('Escape', 'Control+S');
  await window.command('airside: Review This File');
  await window.page.locator('.squiggly-warning, .squiggly-info, .squiggly-hint, .squiggly-error').first().waitFor();
  await window.page.locator('.notification-list-item', { hasText: 'Show Problems' }).waitFor();
  await window.shoot('review');
  await window.clearNotifications();
  await window.goto(9);
  await window.press('Control+.');
  await window.page.locator('.action-widget .monaco-list-row', { hasText: 'Fix:' }).waitFor();
  await window.shoot('review-fix');
  await window.press('Enter');
  const tab = window.page.locator('.tab.active', { hasText: 'Fix:' });
  await tab.waitFor();
  await window.page.locator('.monaco-diff-editor .line-delete, .monaco-diff-editor .char-delete').first().waitFor();
  await window.shoot('review-preview');
  await window.press('Escape'); // leaves the text as it is
  await tab.waitFor({ state: 'detached' });
  await window.awaitText('println("here")');

  await window.goto(9);
  await window.press('Control+.');
  await window.page.locator('.action-widget .monaco-list-row', { hasText: 'Fix:' }).waitFor();
  await window.press('Enter');
  await tab.waitFor();
  await window.page.locator('.statusbar-item', { hasText: 'makes this change' }).waitFor(); // and with it the keys
  await window.press('Control+Enter');
  await tab.waitFor({ state: 'detached' });
  await window.until('the fix', () => window.text(), (text) => text.includes('ReadFile') && !text.includes('println'));
  await window.shoot('review-fixed');
  await window.press('Control+Z'); // one step
  await window.awaitText('println("here")');
  await window.press('Control+Y');
  await window.until('the fix again', () => window.text(), (text) => text.includes('ReadFile') && !text.includes('println'));
  await window.press('Control+S');
}
