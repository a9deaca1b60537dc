// A server that is missing, keeps crashing or is too old: one message with the
// way out, and back again.
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

  window.set({ 'airside.path': program(world, 'old', oldServer) });
  await window.notifications().filter({ hasText: 'its version is v0.0.9' }).waitFor();
  await window.shoot('too-old');
  assert.equal(await window.notifications().count(), 1);
  await window.clearNotifications();

  window.set({ 'airside.path': program(world, 'broken', '#!/bin/sh\necho "time=now level=ERROR msg=\\"broken on purpose\\"" >&2\nexit 1\n') });
  await window.page.locator('.notification-list-item', { hasText: 'ends as soon as it is started' }).waitFor();
  await window.notifications().filter({ hasText: 'broken on purpose' }).waitFor();
  await window.command('airside: Show Log');
  await window.page.locator('.part.panel .view-line', { hasText: 'broken on purpose' }).first().waitFor();
  await window.shoot('crashing');
  assert.equal(await window.notifications().count(), 1);

  window.set({ 'airside.path': '' });
  await window.awaitStatus(/codellama/);
}

function program(world: World, name: string, text: string): string {
  const path = join(world.cache, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** A language server that says that it is an old airside, and no more. */
const oldServer = `#!${process.execPath}
let input = '';
process.stdin.setEncoding('latin1'); // Content-Length counts bytes
process.stdin.on('data', (more) => {
  input += more;
  for (let m; (m = /^Content-Length: (\\d+)\\r\\n\\r\\n/.exec(input)) && input.length >= m[0].length + Number(m[1]);) {
    const { id, method } = JSON.parse(input.slice(m[0].length, m[0].length + Number(m[1])));
    input = input.slice(m[0].length + Number(m[1]));
    if (method === 'exit') process.exit();
    if (id === undefined) continue;
    const result = method === 'initialize' ? { capabilities: {}, serverInfo: { name: 'airside', version: 'v0.0.9' } } : null;
    const text = JSON.stringify({ jsonrpc: '2.0', id, result });
    process.stdout.write('Content-Length: ' + text.length + '\\r\\n\\r\\n' + text);
  }
});
`;
