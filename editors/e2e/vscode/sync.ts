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
    await window.page.locator('.monaco-dialog-box', { hasText: 'Keep main in step with origin?' }).filter({ hasText: 'remote.git' }).waitFor();
    await window.shoot('sync-question');
    await window.confirm('Sync this branch');
    await window.awaitTold('kept in step', window === left ? 'sync-enabled' : undefined);
    await window.awaitStatus(/codellama.*✓/);
  }
  ready = true;
  return [left, right];
}

/** Syncs, and waits until it is told how that ended: what says "Syncing" is a slow one's progress. */
export async function syncNow(window: Workbench, how = /airside: (?!Syncing)/, picture?: string): Promise<void> {
  await window.clearNotifications();
  await window.command('airside: Sync Now');
  await window.awaitTold(how, picture);
}

/** A commit in one window, seen in the other; both also sync by themselves, and may be first. */
export async function sync(world: World, browser: Browser): Promise<void> {
  const [left, right] = await clones(world, browser);
  const one = world.folders['one'] ?? '';

  commit(one, 'Ada', 'func Load(path string)', 'func Load(file string)');
  await syncNow(left, /pushed 1 commit|in step/);
  await syncNow(right, /pulled 1 commit|in step/, 'sync-pulled');
  await right.awaitText('func Load(file string)');

  await right.command('airside: What Sync Has Done…');
  await right.rows('pulled 1 commit').first().waitFor();
  await right.shoot('sync-log');
  await right.rows('pulled 1 commit').first().click();
  await right.confirm('Take it back');
  await right.awaitText('func Load(path string)');
  await right.awaitTold('your files are back where they were', 'sync-undone');
  await right.command('airside: What Sync Has Done…');
  await right.rows('pulled 1 commit').first().waitFor();
  await right.page.locator('.quick-input-list', { hasText: 'Nothing to take back' }).waitFor();
  await right.shoot('sync-log-after');
  await right.press('Escape');
  await syncNow(right);
  await right.awaitText('func Load(file string)');
}

export async function conflict(world: World, browser: Browser): Promise<void> {
  const [left, right] = await clones(world, browser);
  const [one, two] = [world.folders['one'] ?? '', world.folders['two'] ?? ''];
  const home = git(two, 'remote', 'get-url', 'origin');
  git(two, 'remote', 'set-url', 'origin', 'http://127.0.0.1:1/store.git'); // else Grace may be first
  commit(two, 'Grace', /func Load\(\w+ string\)/, 'func Load(where string)');
  commit(one, 'Ada again', /func Load\(\w+ string\)/, 'func Load(name string)');
  await syncNow(left);
  const pushed = (): Promise<boolean> => Promise.resolve(git(one, 'ls-remote', 'origin', 'main').startsWith(git(one, 'rev-parse', 'HEAD')));
  await left.until('the push', pushed, (yes) => yes);
  git(two, 'remote', 'set-url', 'origin', home);
  await right.command('airside: Sync Now');
  await right.awaitStatus(/conflict/);
  await right.notifications().filter({ hasText: 'Resolve in merge editor' }).waitFor();
  await right.shoot('conflict');
  await right.page.locator('.notification-list-item .monaco-button', { hasText: 'Resolve in merge editor' }).click();
  await right.page.locator('.merge-editor', { hasText: 'Incoming' }).waitFor();
  await right.clearNotifications();
  await right.shoot('merge-editor');
}

export function commit(folder: string, message: string, old: string | RegExp, text: string): void {
  const file = join(folder, 'load.go');
  writeFileSync(file, readFileSync(file, 'utf8').replace(old, text));
  git(folder, 'commit', '-qam', message);
}

export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();
}
