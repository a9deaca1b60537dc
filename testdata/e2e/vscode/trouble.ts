// A server that is missing, keeps crashing or is no airside: one message with
// the way out, and back again.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function trouble(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.awaitStatus(/codellama/);

  window.set({ 'airside.path': '/nowhere/airside' });
  await window.page.locator('.notification-list-item', { hasText: '/nowhere/airside' }).waitFor();
  await window.shoot('missing');
  assert.equal(await window.notifications().count(), 1);
  await window.clearNotifications();

  const other = join(world.cache, 'other');
  writeFileSync(other, '#!/bin/sh\necho "time=now level=ERROR msg=\\"broken on purpose\\"" >&2\nexit 1\n');
  chmodSync(other, 0o755);
  window.set({ 'airside.path': other });
  await window.page.locator('.notification-list-item', { hasText: 'ends as soon as it is started' }).waitFor();
  await window.notifications().filter({ hasText: 'broken on purpose' }).waitFor();
  await window.command('airside: Show Log');
  await window.page.locator('.part.panel .view-line', { hasText: 'broken on purpose' }).first().waitFor();
  await window.shoot('crashing');
  assert.equal(await window.notifications().count(), 1);

  window.set({ 'airside.path': '' });
  await window.awaitStatus(/codellama/);
}
