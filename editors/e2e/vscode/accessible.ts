// For those who hear the screen, or have no mouse: what airside shows has names and an
// order. Chromium's own tree of what a screen reader gets, and axe's rules, in parts that
// are airside's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, Frame } from 'playwright-core';
import { thread } from './comments.ts';
import { patience, Workbench, type World } from './workbench.ts';

declare const axe: { run(context: unknown, options: RunOptions): Promise<AxeResults> }; // in the page, once it is there

export async function accessible(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.openFile('load.go');
  await window.awaitStatus(/codellama-7b-code/);
  await statusAndMenu(world, window);
  await suggestion(window);
  await comment(world, window);
  await alternatives(window);
  await page(window);
}

async function statusAndMenu(world: World, window: Workbench): Promise<void> {
  const item = window.status().locator('[role=button]');
  await window.until('the name of the item', () => item.getAttribute('aria-label'), (name) => /^airside: codellama-7b-code by /.test(name ?? ''));
  await clean(world, window.page.mainFrame(), '[id="airside-ls.airside.airside"]', 'the status item');

  await window.openMenu('How it does');
  await window.press(...Array.from('How it does', () => 'Backspace'));
  await window.rows('Pause for a while…').first().waitFor();
  const names = await window.rows().evaluateAll((rows) => rows.filter((row) => row.getAttribute('aria-label') !== null).map((row) => [row.getAttribute('aria-label') ?? '', row.querySelector('.monaco-icon-name-container')?.textContent ?? '']));
  assert.ok(names.length > 3, JSON.stringify(names));
  for (const [name = '', seen = ''] of names) {
    assert.ok(name.startsWith(seen), `${JSON.stringify(name)} is read where ${JSON.stringify(seen)} is seen`); // and no icon before it
  }
  // VS Code's lists say "level" of an option, and a comma where none is seen.
  await clean(world, window.page.mainFrame(), '.quick-input-list', 'the menu', 'aria-allowed-attr', 'label-content-name-mismatch');
  await window.press('Escape');
}

/** A suggestion is told, can be read whole in VS Code's accessible view, and taken afterwards. */
async function suggestion(window: Workbench): Promise<void> {
  await window.goto(9);
  await window.type('\tif err');
  await window.awaitGhost(' != nil {\n        return nil, err\n    }');
  const told = (): Promise<string> => window.page.locator('.monaco-aria-container').evaluateAll((all) => all.map((one) => one.textContent).join('\n'));
  await window.until('the suggestion told', told, (text) => text.includes('!= nil'));
  const view = window.page.locator('.accessible-view');
  await window.again(async (attempt) => {
    await window.press('Alt+F2');
    await view.locator('.view-line', { hasText: 'return nil, err' }).first().waitFor({ timeout: attempt });
  });
  await window.shoot('accessible-view');
  await window.press('Escape');
  await view.waitFor({ state: 'hidden' });
  await window.press('Backspace'); // the focus is back in the text
  await window.type('r');
  await window.awaitGhost(' != nil {');
  await window.press('Tab');
  await window.awaitText('    if err != nil {\n        return nil, err\n    }');
}

/** The box of a comment has the focus once it is open, and the code has it afterwards. */
async function comment(world: World, window: Workbench): Promise<void> {
  const inCode = (): Promise<boolean> => window.page.evaluate(() => document.activeElement?.closest('.editor-instance') != null && document.activeElement.closest('.review-widget') === null);
  const box = thread(window);
  await window.goto(7);
  await window.command('airside: Comment on These Lines');
  await window.awaitFocus(box);
  await window.press('Escape'); // nothing was written
  await box.waitFor({ state: 'detached' });
  await window.until('the focus in the code', inCode, (yes) => yes);

  await window.command('airside: Comment on These Lines');
  await window.awaitFocus(box);
  await window.type('Who closes the file?');
  await window.shoot('accessible-comment');
  const buttons = await box.locator('.form-actions .monaco-button').locator('visible=true').evaluateAll((all) => all.map((one) => one.textContent));
  assert.deepEqual(buttons, ['Comment', 'Cancel']);
  await clean(world, window.page.mainFrame(), '.review-widget .form-actions', 'the buttons of a comment');
  await window.press('Control+Enter');
  await box.locator('.review-comment', { hasText: 'Who closes the file?' }).waitFor();
  await window.until('the focus in the code', inCode, (yes) => yes);
  assert.equal(await box.count(), 1);
  await window.command('View: Toggle Panel Visibility');
}

/** The panel says in its text what it is, and which alternative the cursor is at. */
async function alternatives(window: Workbench): Promise<void> {
  await window.goto(11);
  await window.type('\nif err');
  await window.awaitGhost(' != nil');
  await window.press('Control+Alt+Enter');
  await window.page.locator('.tab.active', { hasText: 'Alternatives' }).waitFor();
  await window.awaitText('Enter takes the one at the cursor, Escape closes');
  const heard = (): Promise<string> => window.page.evaluate(() => {
    const at = document.activeElement;
    return at instanceof HTMLTextAreaElement ? at.value : (at?.textContent ?? '');
  });
  await window.until('the heading where a screen reader is', heard, (text) => text.replaceAll('\u00a0', ' ').includes('Alternative 1, '));
  await window.shoot('accessible-alternatives');
  await window.press('Escape');
  await window.page.locator('.tab', { hasText: 'Alternatives' }).waitFor({ state: 'detached' });
}

/** "How It Does" by the keyboard, and as a screen reader has it. */
async function page(window: Workbench): Promise<void> {
  await window.command('airside: How It Does');
  const frame = await shown(window);
  assert.deepEqual(await walk(window, frame, 3), ['The days as a table', 'Look again', 'Begin to count anew…']);
  await frame.locator('summary').press('Enter');
  await frame.getByRole('table', { name: 'Characters saved, the last' }).waitFor();
  await named(window, frame);
}

/** The document of airside's own page, once it is drawn. */
async function shown(window: Workbench): Promise<Frame> {
  const end = Date.now() + patience;
  for (;;) {
    for (const frame of window.page.frames()) {
      if (await frame.evaluate(() => document.querySelector('h1')?.textContent === 'How airside does').catch(() => false)) {
        return frame;
      }
    }
    assert.ok(Date.now() < end, 'the page did not come');
    await window.page.waitForTimeout(50);
  }
}

/** What Tab comes to, from the page as it opens; at each it can be seen where one is. */
async function walk(window: Workbench, frame: Frame, steps: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < steps) {
    await window.press('Tab');
    const [text, width] = await frame.evaluate(() => {
      const at = document.activeElement;
      const style = at === null ? undefined : getComputedStyle(at);
      return [at === document.body ? '' : (at?.textContent ?? ''), style?.outlineStyle === 'none' ? 0 : parseFloat(style?.outlineWidth ?? '0')] as const;
    });
    assert.ok(text === '' || width >= 2, `no outline around ${JSON.stringify(text)}`);
    seen.push(text);
  }
  return seen;
}

/** Fails unless axe finds nothing wrong in a part of a document, but for rules that VS Code's own markup breaks. */
async function clean(world: World, frame: Frame, part: string, what: string, ...others: string[]): Promise<void> {
  const source = createRequire(join(world.extension, 'package.json')).resolve('axe-core/axe.min.js');
  await frame.evaluate(readFileSync(source, 'utf8'));
  const { violations, passes } = await frame.evaluate(async ({ selector, off }) => {
    const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
    const results = await axe.run(selector === 'html' ? document : { include: [[selector]] }, { resultTypes: ['violations', 'passes'], iframes: false, rules });
    return {
      violations: results.violations.map(({ id, help, nodes }) => `${id}, ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`).join(' | ')}`),
      passes: results.passes.length,
    };
  }, { selector: part, off: others });
  assert.deepEqual(violations, [], what);
  assert.ok(passes > 0, `${what}: nothing was looked at`);
  console.log(`${what}: ${passes} of axe's rules pass`);
}

/** Fails unless all that Chromium tells a screen reader of a page has a name, and the page an order. */
async function named(window: Workbench, frame: Frame): Promise<void> {
  const context = window.page.context();
  const session = await context.newCDPSession(frame).catch(() => context.newCDPSession(window.page));
  const { frameTree } = await session.send('Page.getFrameTree');
  const frames = [frameTree];
  let nodes: { role: string; name: string }[] = [];
  for (const at of frames) {
    frames.push(...(at.childFrames ?? []));
    const tree = await session.send('Accessibility.getFullAXTree', { frameId: at.frame.id });
    const all = tree.nodes.filter((node) => !node.ignored).map((node) => ({ role: String(node.role?.value), name: String(node.name?.value ?? '') }));
    if (all.some(({ role, name }) => role === 'heading' && name === 'How airside does')) {
      nodes = all;
    }
  }
  await session.detach();
  const without = nodes.filter(({ role, name }) => name === '' && ['link', 'button', 'image', 'img', 'table', 'columnheader', 'rowheader', 'region', 'DisclosureTriangle'].includes(role));
  assert.deepEqual(without, []);
  for (const role of ['main', 'heading', 'image', 'table', 'columnheader', 'rowheader', 'link']) {
    assert.ok(nodes.some((node) => node.role === role), `no ${role} among ${JSON.stringify([...new Set(nodes.map((node) => node.role))])}`);
  }
  assert.ok(nodes.some(({ role, name }) => role === 'image' && /^Characters saved by day: at most \d/.test(name)));
}
