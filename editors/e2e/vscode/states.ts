// What the status bar tells of a model that is not there and a remote that is
// out of reach or wants a login; none of it pops up unasked.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { clones, commit, git, syncNow } from './sync.ts';
import type { Workbench, World } from './workbench.ts';

export async function states(world: World, browser: Browser): Promise<void> {
  const [window] = await clones(world, browser);
  await window.clearNotifications();
  window.set({ 'airside.backend': 'auto', 'airside.openai.url': '', 'airside.llamacpp.url': 'http://127.0.0.1:1' });
  await window.awaitStatus(/airside-tiny/);
  await window.awaitHover(/not running here/);
  assert.doesNotMatch((await window.page.locator('.monaco-hover:visible').first().textContent()) ?? '', /refused|127\.0\.0\.1/);
  await window.shoot('hover');
  window.set({ 'airside.backend': 'ollama', 'airside.openai.url': '', 'airside.builtin.model': '/nowhere/model.gguf' });
  await window.awaitStatus(/no model/);
  await window.awaitHover(/ollama/);
  await window.shoot('no-model');
  window.set({});
  await window.awaitStatus(/codellama-7b-code/);
  await quiet(window);

  const folder = world.folders['one'] ?? '';
  const home = git(folder, 'remote', 'get-url', 'origin');
  git(folder, 'remote', 'set-url', 'origin', 'http://127.0.0.1:1/store.git');
  commit(folder, 'On the plane', '// Load reads', '// Load gives');
  await window.awaitStatus(/offline ↑1/);
  await window.awaitHover(/reach/);
  await window.shoot('offline');
  await window.command('airside: Sync Now');
  await window.page.locator('.statusbar-item', { hasText: 'airside: ' }).filter({ hasText: 'reach' }).waitFor();
  await quiet(window);

  git(folder, 'remote', 'set-url', 'origin', `${world.control}/locked.git`);
  await syncNow(window, undefined, 'login-needed'); // it was asked for
  await window.awaitStatus(/login needed/);

  git(folder, 'remote', 'set-url', 'origin', home);
  await syncNow(window);
  await window.awaitStatus(/codellama.*✓/);
}

async function quiet(window: Workbench): Promise<void> {
  await window.page.mouse.move(500, 300);
  assert.equal(await window.notifications().count(), 0, 'a message popped up');
}
