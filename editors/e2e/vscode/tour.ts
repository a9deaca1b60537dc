// What a new user is led through: the walkthrough, a first try, who answers and
// who else could, the doctor, and why there was no suggestion.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function tour(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.awaitStatus(/codellama-7b-code/);
  await window.command('View: Close All Editors');
  await window.command('Welcome: Open Walkthrough...');
  await window.rows('Get started with airside').first().click();
  const page = window.page.locator('.gettingStartedContainer');
  for (const step of ['See what is running', 'Get a real model', 'Try it', 'Go offline']) {
    await page.locator('.step-title', { hasText: step }).waitFor();
  }
  const ticked = async (step: string): Promise<boolean> => (await page.locator(`[data-done-step-id$="#${step}"]`).first().getAttribute('aria-checked')) === 'true';
  assert.equal(await ticked('offline'), false, 'ticked before anything was done');
  await window.openMenu('Doctor');
  await window.press('Escape');
  await window.until('the first step ticked', () => ticked('running'), (yes) => yes);
  await window.shoot('walkthrough');
  await page.locator('.step-title', { hasText: 'Try it' }).click();
  await page.locator('.monaco-button', { hasText: 'Open a Go file to try it in' }).click();
  await window.awaitText('func load(name string)');
  await window.awaitGhost('return nil, err');
  await window.shoot('walkthrough-try');
  await window.press('Tab');
  await window.awaitText('return nil, err');
  await window.command('View: Revert and Close Editor');

  await window.pick('Choose a model…', 'not available'); // whoever is not there says why, and what to do
  await window.notifications().filter({ hasText: 'cannot answer now' }).waitFor();
  await window.shoot('model-absent');
  await window.clearNotifications();
  await window.pick('Choose a model…', 'airside-tiny', 'models');
  await window.awaitStatus(/airside-tiny/);
  await window.awaitTold('answers in this window', 'model-chosen');
  await window.pick('Choose a model…', 'Automatic');
  await window.awaitStatus(/codellama-7b-code/);

  await window.menu('Doctor');
  await window.page.locator('.tab.active', { hasText: 'Doctor' }).waitFor();
  await window.awaitText('Ready to fly');
  await window.shoot('doctor');
  await window.command('Welcome: Open Walkthrough...');
  await window.rows('Get started with airside').first().click();
  await window.until('the last step ticked', () => ticked('offline'), (yes) => yes);
  await window.command('View: Close All Editors');
  await window.openFile('load.go');
  await quietMargin(window);
  await window.menu('Why no suggestion?');
  await window.page.locator('.tab.active', { hasText: 'Why no suggestion' }).waitFor();
  await window.shoot('why');
  await window.command('View: Close All Editors');
  assert.equal(await window.notifications().count(), 0);
  await extensionPage(window);
}

/** Where nothing is synced no bar for comments stands beside the code; a command begins one. */
async function quietMargin(window: Workbench): Promise<void> {
  await window.goto(7);
  assert.equal(await window.page.locator('.editor-instance .comment-range-glyph, .editor-instance .comment-diff-added').count(), 0, 'a bar for comments beside the code');
  await window.shoot('no-comment-bar');
  await window.command('airside: Comment on These Lines');
  const thread = window.page.locator('.review-widget');
  await window.awaitFocus(thread);
  await window.shoot('comment-begun');
  await thread.locator('.form-actions .monaco-button', { hasText: 'Cancel' }).click();
  await thread.waitFor({ state: 'detached' });
}

/** The page of the extension: VS Code shows pictures there from the network alone, so there is none to be broken. */
async function extensionPage(window: Workbench): Promise<void> {
  await window.command('Extensions: Show Installed Extensions');
  await window.page.locator('.extensions-viewlet .monaco-list-row', { hasText: 'airside' }).first().click();
  const page = async (): Promise<string[]> => {
    const all = await Promise.all(window.page.frames().map((frame) => frame.evaluate(() => (document.body.innerText.startsWith('airside for VS Code') ? [String(document.images.length)] : [])).catch((): string[] => [])));
    return all.flat();
  };
  await window.until('the page, without a picture', page, (pictures) => pictures.length === 1 && pictures[0] === '0');
  await window.shoot('page');
  await window.command('View: Close All Editors');
}
