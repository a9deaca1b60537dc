// A pause that says how long it is, a language and a folder off and on again, and
// the page of how airside does.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function snooze(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['snooze'] ?? '');
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);

  await window.pick('Pause for a while…', 'For 30 minutes', 'snooze-choice');
  await window.awaitStatus(/30 min/);
  await window.command('airside: Restart');
  await window.awaitStatus(/(29|30) min/); // the new server knows of it
  await window.goto(9);
  await window.type('\n\tif err');
  assert.equal(await window.ghost(), '', 'a suggestion came while paused');
  await window.openMenu('Resume');
  await window.shoot('snooze-menu');
  await window.press('Escape');
  await window.menu('Resume');
  await window.awaitStatus(/codellama-7b-code/);

  for (const what of ['in go', 'in this folder']) {
    await window.menu(`Off ${what}`);
    await window.awaitStatus(/off here/);
    await window.openMenu(`On again ${what}`);
    await window.shoot(`off-${what.replaceAll(' ', '-')}`);
    await window.press('Escape');
    await window.menu(`On again ${what}`);
    await window.awaitStatus(/codellama-7b-code/);
  }

  await window.goto(10);
  await window.press('Backspace');
  await window.type('r');
  await window.awaitGhost(' != nil');
  await window.press('Tab');
  await window.awaitText('if err != nil {');
  await window.menu('How it does');
  const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  await page.getByText('characters saved').first().waitFor();
  await page.getByRole('rowheader', { name: 'go', exact: true }).waitFor();
  await window.shoot('how-it-does');
  await page.getByText('Begin to count anew…').click();
  await window.page.locator('.monaco-dialog-box').waitFor();
  await window.shoot('how-it-does-reset');
  await window.confirm('Begin to count anew');
  await page.getByText('Nothing was shown yet since the last reset').waitFor();
  await page.getByText('Take the last reset back').click();
  await page.getByRole('rowheader', { name: 'go', exact: true }).waitFor();
}
