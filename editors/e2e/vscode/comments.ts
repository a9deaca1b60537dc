// A thread of comments between two people: begun in one clone, read, answered
// and settled in the other, opened again in the first; each after a sync.
import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { clones, commit, syncNow } from './sync.ts';
import type { Workbench, World } from './workbench.ts';

export async function comments(world: World, browser: Browser): Promise<void> {
  const [ada, grace] = await clones(world, browser);
  for (const window of [ada, grace]) {
    await window.command('View: Close All Editors');
    await window.openFile('load.go');
  }
  await ada.goto(7);
  await ada.command('Comments: Add Comment on Current Selection');
  await ada.awaitFocus(thread(ada).locator('.comment-form'));
  await ada.type('Who closes the file?');
  await ada.press('Control+Enter');
  await said(ada, 'Who closes the file?');
  await ada.shoot('comment');

  await seenAfterSync(ada, grace, glyph(grace), 1);
  await glyph(grace).click();
  await said(grace, 'Who closes the file?');
  assert.match((await thread(grace).textContent()) ?? '', /Ada/);
  await reply(grace, 'ReadFile does.');
  await grace.shoot('comment-answered');
  await button(grace, 'Resolve').click();
  await heading(grace, 'resolved by Grace');
  await grace.shoot('comment-resolved');

  await seenAfterSync(grace, ada, ada.page.locator('.part.panel .monaco-list-row', { hasText: 'Last reply from Grace' }), 1);
  await said(ada, 'ReadFile does.');
  await heading(ada, 'resolved by Grace');
  await button(ada, 'Reopen').click();
  await heading(ada, 'Comment');
  await reply(ada, 'Right, then a test for it.');
  await ada.shoot('comment-reopened');

  await seenAfterSync(ada, grace, thread(grace).locator('.review-comment', { hasText: 'then a test' }), 1);
  await heading(grace, 'Comment');

  await moved(world, ada, grace);
  for (const window of [ada, grace]) {
    assert.equal(await window.page.locator('.notification-list-item.error').count(), 0);
    await window.command('View: Toggle Panel Visibility');
  }
}

/** A commit from outside that moves the code takes the thread along, to its new line. */
async function moved(world: World, ada: Workbench, grace: Workbench): Promise<void> {
  commit(world.folders['one'] ?? '', 'Licence', '// Package store', '// Free to use.\n\n// Package store');
  await syncNow(ada);
  await syncNow(grace);
  for (const window of [ada, grace]) {
    await window.awaitText('Free to use');
    await window.until('the glyph beside line 9', () => lineOf(glyph(window)), (line) => line === '9');
    await window.page.locator('.part.panel .monaco-list-row', { hasText: '[Ln 9]' }).waitFor();
  }
  await grace.shoot('comment-moved');
}

/** The number of the line that something stands beside, as it is drawn. */
export function lineOf(something: Locator): Promise<string | null> {
  return something.evaluate((element) => {
    const middle = (of: Element): number => (of.getBoundingClientRect().top + of.getBoundingClientRect().bottom) / 2;
    const numbers = [...(element.closest('.editor-instance')?.querySelectorAll('.line-numbers') ?? [])];
    return numbers.find((number) => Math.abs(middle(number) - middle(element)) < 5)?.textContent ?? null;
  });
}

export function thread(window: Workbench): Locator {
  return window.page.locator('.review-widget');
}

export function glyph(window: Workbench): Locator {
  return window.page.locator('.editor-instance .comment-range-glyph:is(.comment-thread, .comment-thread-unresolved)');
}

function button(window: Workbench, title: string): Locator {
  return thread(window).locator(`.review-actions .action-label[aria-label="${title}"]`);
}

export async function said(window: Workbench, text: string): Promise<void> {
  await thread(window).locator('.review-comment', { hasText: text }).waitFor();
}

async function heading(window: Workbench, text: string): Promise<void> {
  await thread(window).locator('.review-title', { hasText: text }).waitFor();
}

async function reply(window: Workbench, text: string): Promise<void> {
  const form = thread(window).locator('.comment-form');
  await form.locator('.review-thread-reply-button, .monaco-editor').locator('visible=true').first().click();
  await window.awaitFocus(form);
  await window.type(text);
  await window.press('Control+Enter');
  await said(window, text);
}

/** Syncs one and then the other, until what the one has said is on the other's screen. */
async function seenAfterSync(from: Workbench, to: Workbench, what: Locator, count: number): Promise<void> {
  await syncNow(from);
  await syncNow(to);
  await to.until('the comment', () => what.count(), (n) => n === count);
}
