// A review of a file: a finding, and its fix. A comment for the team.
import assert from 'node:assert/strict';
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
  await window.until('the fix', () => window.text(), (text) => !text.includes('println'));
  await window.press('Control+S');
}

export async function comments(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['review'] ?? '');
  const threads = window.page.locator('.review-widget');
  await window.goto(7);
  await window.command('Comments: Add Comment on Current Selection');
  await threads.locator('.comment-form .monaco-editor').first().waitFor();
  await window.type('Who closes the file?');
  await window.press('Control+Enter');
  await threads.locator('.review-comment', { hasText: 'Who closes the file?' }).waitFor();
  await window.shoot('comments');
  assert.equal(await window.page.locator('.notification-list-item.error').count(), 0);
}
