// Two windows on two clones: a commit in one is seen in the other; a conflict
// opens the merge editor.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function sync(world: World, browser: Browser): Promise<void> {
  const [one, two] = [world.folders['one'] ?? '', world.folders['two'] ?? ''];
  const left = await Workbench.open(browser, world, one);
  const right = await Workbench.open(browser, world, two);
  for (const window of [left, right]) {
    await window.openFile('load.go');
    await window.awaitStatus(/codellama/);
    await window.command('airside: Sync This Repository…');
    await window.page.locator('.monaco-dialog-box').waitFor();
    await window.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Sync this branch' }).click();
    await window.awaitStatus(/codellama.*\S/);
    await window.page.locator('.notification-list-item', { hasText: 'kept in step' }).waitFor();
  }
  await left.shoot('sync-enabled');

  commit(one, 'Ada', 'func Load(path string)', 'func Load(file string)');
  await left.command('airside: Sync Now');
  await pushed(left, one);
  await right.command('airside: Sync Now');
  await right.awaitText('func Load(file string)');
  await right.shoot('sync-pulled');

  for (const window of [left, right]) {
    await window.clearNotifications();
  }
  commit(one, 'Ada again', 'func Load(file string)', 'func Load(name string)');
  commit(two, 'Grace', 'func Load(file string)', 'func Load(where string)');
  await left.command('airside: Sync Now');
  await pushed(left, one);
  await right.command('airside: Sync Now');
  await right.awaitStatus(/conflict/);
  await right.shoot('conflict');
  await right.command('airside: Resolve the Conflict in the Merge Editor');
  await right.page.locator('.merge-editor').waitFor();
  await right.page.locator('.merge-editor', { hasText: 'Incoming' }).waitFor();
  await right.clearNotifications();
  await right.shoot('merge-editor');

  await left.command('airside: What Sync Has Done…');
  await left.rows('sync main').first().waitFor();
  await left.shoot('sync-log');
}

/** Waits until the remote has what the folder has. */
async function pushed(window: Workbench, folder: string): Promise<void> {
  const git = (...args: string[]): string => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();
  const there = (): Promise<boolean> => Promise.resolve(git('ls-remote', 'origin', 'main').startsWith(git('rev-parse', 'HEAD')));
  await window.until('the push', there, (yes) => yes);
}

function commit(folder: string, message: string, old: string, text: string): void {
  const file = join(folder, 'load.go');
  writeFileSync(file, readFileSync(file, 'utf8').replace(old, text));
  execFileSync('git', ['-C', folder, 'commit', '-qam', message]);
}
