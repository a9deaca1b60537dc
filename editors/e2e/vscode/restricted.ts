// A folder that nobody has vouched for: suggestions, and nothing that would run
// what the repository names. Then somebody does vouch for it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function restricted(world: World, browser: Browser): Promise<void> {
  const folder = world.folders['stranger'] ?? '';
  const window = await Workbench.open(browser, world, folder);
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await window.goto(9);
  await window.type('\tif err');
  await window.awaitGhost(' != nil {');

  await window.awaitHover('no sync in Restricted Mode');
  await window.page.mouse.move(500, 300);
  await window.press('F1');
  await window.input().fill('>airside: ');
  await window.rows('airside: Doctor').first().waitFor();
  for (const entry of ['airside: Review', 'airside: Sync', 'airside: What Sync']) {
    assert.equal(await window.rows(entry).count(), 0, `${entry} in Restricted Mode`);
  }
  await window.press('Escape');
  await window.openMenu('Restricted Mode');
  assert.equal(await window.rows('Review my changes').count(), 0, 'reviews in Restricted Mode');
  await window.shoot('restricted');
  await window.press('Escape');
  await window.command('airside: Doctor');
  await window.page.locator('.tab.active', { hasText: 'Doctor' }).waitFor();
  await window.awaitText('codellama');
  assert.equal(await window.page.locator('.monaco-dialog-box').count(), 0, 'the doctor asks for trust');
  await window.shoot('restricted-doctor');
  await window.command('View: Revert and Close Editor');
  await window.openMenu('Restricted Mode');
  assert.ok(!existsSync(join(dirname(folder), 'ran')), 'a program that the repository names has run');
  // The doctor's own progress may still be fading.
  await window.until('no message', () => window.notifications().count(), (count) => count === 0);

  await window.rows('Restricted Mode').click();
  await window.page.locator('.workspace-trust-editor').waitFor();
  await window.shoot('restricted-trust');
  await window.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first().click();
  await window.page.locator('.workspace-trust-editor', { hasText: 'You trust this folder' }).waitFor();
  const dialog = window.page.locator('.monaco-modal-editor-block');
  await dialog.locator('.codicon-close').last().click();
  await dialog.waitFor({ state: 'hidden' });
  await window.openMenu('Review my changes');
  await window.rows('Sync this repository').waitFor();
  await window.press('Escape');
  await window.close();
}
