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
  await window.shoot('walkthrough');
  await page.locator('.step-title', { hasText: 'Try it' }).click();
  await page.locator('.monaco-button', { hasText: 'Open a Go file to try it in' }).click();
  await window.awaitText('func load(name string)');
  await window.awaitGhost('return nil, err');
  await window.shoot('walkthrough-try');
  await window.press('Tab');
  await window.awaitText('return nil, err');
  await window.command('View: Revert and Close Editor');

  await window.menu('Choose a model…');
  await window.rows('airside-tiny').waitFor();
  await window.shoot('models');
  await window.rows('airside-tiny').click();
  await window.awaitStatus(/airside-tiny/);
  await window.awaitTold('answers in this window', 'model-chosen');
  await window.menu('Choose a model…');
  await window.rows('Automatic').click();
  await window.awaitStatus(/codellama-7b-code/);

  await window.menu('Doctor');
  const terminal = (): Promise<string> => window.page.locator('.xterm-rows').first().innerText({ timeout: 1000 }).catch(() => '');
  await window.until('the doctor', terminal, (text) => /Ready\s+to\s+fly/.test(text));
  await window.shoot('doctor');
  await window.page.mouse.move(500, 300);
  await window.command('View: Toggle Panel Visibility');
  await window.command('View: Close All Editors');
  await window.openFile('load.go');
  await window.menu('Why no suggestion?');
  await window.page.locator('.tab.active', { hasText: 'Why no suggestion' }).waitFor();
  await window.shoot('why');
  await window.command('View: Close All Editors');
  assert.equal(await window.notifications().count(), 0);
}
