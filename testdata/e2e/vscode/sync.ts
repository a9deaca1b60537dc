// Two windows on two clones: a commit in one is seen in the other, and taken
// back; a conflict opens the merge editor.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

let ready = false;

/** The windows of Ada and Grace, each on a clone that takes part in sync. */
export async function clones(world: World, browser: Browser): Promise<[Workbench, Workbench]> {
  const left = await Workbench.open(browser, world, world.folders['one'] ?? '');
  const right = await Workbench.open(browser, world, world.folders['two'] ?? '');
  for (const window of ready ? [] : [left, right]) {
    await window.openFile('load.go');
    await window.awaitStatus(/codellama/);
    await window.command('airside: Sync This Repository…');
    await window.confirm('Sync this branch');
    await window.awaitTold('kept in step', window === left ? 'sync-enabled' : undefined);
    await window.awaitStatus(/codellama.*✓/);
  }
  ready = true;
  return [left, right];
}

/** Syncs, and waits until it is told how that ended. */
export async function syncNow(window: Workbench): Promise<void> {
  await window.command('airside: Sync Now');
  await window.awaitTold('airside: ');
}

/** A commit in one window, seen in the other; both also sync by themselves, and may be first. */
export async function sync(world: World, browser: Browser): Promise<void> {
  const [left, right] = await clones(world, browser);
  const one = world.folders['one'] ?? '';

  commit(one, 'Ada', 'func Load(path string)', 'func Load(file string)');
  await left.command('airside: Sync Now');
  await left.awaitTold(/pushed 1 commit|in step/);
  await right.command('airside: Sync Now');
  await right.awaitText('func Load(file string)');
  await right.awaitTold(/pulled 1 commit|in step/, 'sync-pulled');

  await right.command('airside: What Sync Has Done…');
  await right.rows('pulled 1 commit').first().waitFor();
  await right.shoot('sync-log');
  await right.rows('pulled 1 commit').first().click();
  await right.confirm('Take it back');
  await right.awaitText('func Load(path string)');
  await right.awaitTold('is back at', 'sync-undone');
  await right.command('airside: Sync Now');
  await right.awaitText('func Load(file string)');
  await right.clearNotifications();
}

export async function conflict(world: World, browser: Browser): Promise<void> {
  const [left, right] = await clones(world, browser);
  const [one, two] = [world.folders['one'] ?? '', world.folders['two'] ?? ''];
  commit(one, 'Ada again', /func Load\(\w+ string\)/, 'func Load(name string)');
  commit(two, 'Grace', /func Load\(\w+ string\)/, 'func Load(where string)');
  await left.command('airside: Sync Now');
  await pushed(left, one);
  await right.command('airside: Sync Now');
  await right.awaitStatus(/conflict/);
  await right.notifications().filter({ hasText: 'Resolve in merge editor' }).waitFor();
  await right.shoot('conflict');
  await right.page.locator('.notification-list-item .monaco-button', { hasText: 'Resolve in merge editor' }).click();
  await right.page.locator('.merge-editor', { hasText: 'Incoming' }).waitFor();
  await right.clearNotifications();
  await right.shoot('merge-editor');
}

/** Waits until the remote has what the folder has. */
async function pushed(window: Workbench, folder: string): Promise<void> {
  const git = (...args: string[]): string => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();
  const there = (): Promise<boolean> => Promise.resolve(git('ls-remote', 'origin', 'main').startsWith(git('rev-parse', 'HEAD')));
  await window.until('the push', there, (yes) => yes);
}

export function commit(folder: string, message: string, old: string | RegExp, text: string): void {
  const file = join(folder, 'load.go');
  writeFileSync(file, readFileSync(file, 'utf8').replace(old, text));
  execFileSync('git', ['-C', folder, 'commit', '-qam', message]);
}
