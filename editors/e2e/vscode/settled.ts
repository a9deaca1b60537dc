// A conflict that is settled in a terminal while the file is open: the comment stands
// where its code is, whatever VS Code makes of the file read anew.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { glyph, lineOf, said, thread } from './comments.ts';
import { clones, commit, git, syncNow } from './sync.ts';
import type { World } from './workbench.ts';

export async function settled(world: World, browser: Browser): Promise<void> {
  const [ada, grace] = await clones(world, browser);
  const [one, two] = [world.folders['one'] ?? '', world.folders['two'] ?? ''];
  await grace.openFile('load.go');
  const code = 'data, err := os.ReadFile';
  const at = lineWith(two, code);
  await grace.goto(at);
  await grace.command('Comments: Add Comment on Current Selection');
  await grace.awaitFocus(thread(grace).locator('.comment-form'));
  await grace.type('Who closes the file?');
  await grace.press('Control+Enter');
  await said(grace, 'Who closes the file?');
  await grace.until('the glyph', () => lineOf(glyph(grace)), (line) => line === String(at));

  // Both change the function's head; Ada changes the top and the end of the file, too.
  const home = git(two, 'remote', 'get-url', 'origin');
  git(two, 'remote', 'set-url', 'origin', 'http://127.0.0.1:1/store.git'); // else Grace may be first
  commit(two, 'Grace', /func Load\(\w+ string\)/, 'func Load(where string)');
  commit(one, 'Ada', /func Load\(\w+ string\)/, 'func Load(file string)');
  commit(one, 'Ada again', '// Package store keeps things in files.', '// Package store keeps all things in files.');
  commit(one, 'And again', /\n*\}\n$/, '\n\treturn data, err\n}\n');
  await syncNow(ada);
  const pushed = (): Promise<boolean> => Promise.resolve(git(one, 'ls-remote', 'origin', 'main').startsWith(git(one, 'rev-parse', 'HEAD')));
  await ada.until('the push', pushed, (yes) => yes);
  git(two, 'remote', 'set-url', 'origin', home);
  await grace.command('airside: Sync Now');
  await grace.awaitStatus(/conflict/);

  // In a terminal: git merges, the markers are taken out, and it is committed.
  git(two, 'fetch', '-q', 'origin');
  try {
    execFileSync('git', ['-C', two, 'merge', '-q', 'origin/main'], { stdio: 'ignore' });
  } catch {
    // It conflicts, as it should.
  }
  const file = join(two, 'load.go');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/<<<<<<< .*\n(.*\n)=======\n.*\n>>>>>>> .*\n/, '$1'));
  git(two, 'commit', '-qam', 'Merged by hand');
  await grace.awaitText('keeps all things');
  await grace.until(`the glyph beside line ${at}`, () => lineOf(glyph(grace)), (line) => line === String(lineWith(two, code)));
  await grace.awaitStatus(/✓/);

  // The lines before it come to be others, as many as before: to the server it is where
  // it was, to VS Code somewhere in what was replaced.
  writeFileSync(file, readFileSync(file, 'utf8').replace('import "os"', 'import ("os")').replace('return data, err', 'return data, nil'));
  await grace.awaitText('import ("os")');
  await grace.until(`the glyph beside line ${at}`, () => lineOf(glyph(grace)), (line) => line === String(lineWith(two, code)));
  await grace.page.locator('.part.panel .monaco-list-row', { hasText: `[Ln ${lineWith(two, code)}]` }).waitFor();
  await grace.clearNotifications();
  await grace.shoot('comment-settled');
}

function lineWith(folder: string, code: string): number {
  return readFileSync(join(folder, 'load.go'), 'utf8').split('\n').findIndex((line) => line.includes(code)) + 1;
}
