// Two commits of Ada's come in while Grace has the file open: a word in the status bar,
// the list one click away, the lines marked until they are edited.
import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { clones, commit, git, syncNow } from './sync.ts';
import type { Workbench, World } from './workbench.ts';

export async function news(world: World, browser: Browser): Promise<void> {
  const [ada, grace] = await clones(world, browser);
  const one = world.folders['one'] ?? '';
  await grace.openFile('load.go');
  await grace.command('Notifications: Clear All Notifications');
  commit(one, 'Load takes a name, not a path', 'func Load(path string)', 'func Load(name string)');
  commit(one, 'Load: wrap the error', /\}\n$/, '\treturn data, fmt.Errorf("load: %w", err)\n}\n');
  await syncNow(ada);
  const pushed = (): Promise<boolean> => Promise.resolve(git(one, 'ls-remote', 'origin', 'main').startsWith(git(one, 'rev-parse', 'HEAD')));
  await ada.until('the push', pushed, (yes) => yes);
  await syncNow(grace);

  await grace.awaitText('func Load(name string)');
  await grace.awaitStatus(/✓ 2 new from Ada/);
  await grace.until('marks in the gutter', () => marks(grace).count(), (n) => n === 2);
  await grace.shoot('news');
  assert.equal(await grace.notifications().count(), 0, 'a message popped up');

  await grace.openMenu('2 new from Ada');
  await grace.shoot('news-menu');
  await grace.press('Escape');
  await grace.pick('2 new from Ada', 'Load takes a name', 'news-list');
  await grace.page.locator('.multiDiffEditor', { hasText: 'func Load' }).waitFor();
  await grace.until('no news', () => grace.status().textContent(), (text) => text?.includes('new from') === false && text.includes('✓'));
  await grace.shoot('news-commit');
  await grace.command('View: Revert and Close Editor');

  // Marks stay until somebody writes there.
  await grace.awaitText('func Load(name string)');
  await grace.until('marks in the gutter', () => marks(grace).count(), (n) => n === 2);
  await grace.goto(7);
  await grace.type(' // mine');
  await grace.until('one mark fewer', () => marks(grace).count(), (n) => n === 1);
  await grace.shoot('news-edited');
  await grace.command('airside: Take the Marks off New Lines');
  await grace.until('no marks', () => marks(grace).count(), (n) => n === 0);
  await grace.command('File: Revert File');

  // What was seen is at hand yet.
  await grace.menu('What came in…');
  await grace.rows('Load: wrap the error').first().waitFor();
  await grace.press('Escape');
}

/** The bars in the gutter of the editor in view. */
function marks(window: Workbench): Locator {
  return window.page.locator('.editor-group-container.active .editor-instance .glyph-margin-widgets [class*="TextEditorDecorationType"]');
}
