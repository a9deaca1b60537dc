// Ghost text in the cells of a notebook: what the cells before say counts, as they are
// now, and a cell that was added a moment ago is one of them.
import type { Browser, Page } from 'playwright-core';
import { Workbench, type World } from './workbench.ts';

export async function notebook(world: World, browser: Browser): Promise<void> {
  const window = await Workbench.open(browser, world, world.folders['code'] ?? '');
  await window.awaitStatus(/codellama-7b-code/);
  await window.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'prices.ipynb' }).dblclick();
  const cells = window.page.locator('.notebookOverlay .cell-list-container .code-cell-row');
  await window.until('three cells of code', () => cells.count(), (n) => n === 3);

  await cells.nth(2).locator('.monaco-editor').click();
  await window.awaitFocus(cells.nth(2));
  await window.type('monday = ');
  await awaitCellGhost(window, 'total(["tea", "cake"])');
  await window.shoot('notebook');
  await window.press('Tab');
  await window.until('the text of the cell', () => text(window.page, 2), (now) => now === 'monday = total(["tea", "cake"])');

  // Another cell, behind it.
  await window.command('Notebook: Insert Code Cell Below');
  await window.until('a fourth cell', () => cells.count(), (n) => n === 4);
  await cells.nth(3).locator('.monaco-editor').click();
  await window.awaitFocus(cells.nth(3));
  await window.type('print(');
  await awaitCellGhost(window, 'monday'); // VS Code has written the bracket
  await window.press('Tab');
  await window.until('the text of the new cell', () => text(window.page, 3), (now) => now === 'print(monday)');

  // A cell above is edited.
  await cells.nth(1).locator('.view-line').first().click();
  await window.awaitFocus(cells.nth(1));
  await window.press('Control+Home', 'End');
  for (let n = 0; n < 'orders):'.length; n++) {
    await window.press('Backspace');
  }
  await window.type('things):');
  await cells.nth(3).locator('.view-line').first().click();
  await window.awaitFocus(cells.nth(3));
  await window.press('Control+A');
  await window.type('print(tuesday, ');
  await awaitCellGhost(window, 'monday');
  await window.shoot('notebook-edited');
  await window.press('Escape');

  await window.command('airside: Why No Suggestion?');
  await window.page.locator('.tab.active', { hasText: 'Why no suggestion' }).waitFor();
  await window.page.locator('.view-line', { hasText: 'cell 5:1' }).first().waitFor();
}

/** Waits for ghost text in any cell. */
function awaitCellGhost(window: Workbench, wanted: string): Promise<string> {
  return window.until(`the ghost text ${JSON.stringify(wanted)}`, () => window.page.evaluate(() =>
    [...document.querySelectorAll('.notebookOverlay .view-lines .ghost-text-decoration, .notebookOverlay .view-lines .ghost-text-decoration-preview')]
      .map((part) => (part.textContent ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200c', '')).join('')), (ghost) => ghost.includes(wanted));
}

/** The text of a cell of code, without ghost text. */
function text(page: Page, cell: number): Promise<string> {
  return page.locator('.notebookOverlay .cell-list-container .code-cell-row').nth(cell).evaluate((row) =>
    [...row.querySelectorAll('.view-line')].map((line) => {
      const copy = line.cloneNode(true) as HTMLElement;
      copy.querySelectorAll('.ghost-text-decoration, .ghost-text-decoration-preview').forEach((ghost) => { ghost.remove(); });
      return (copy.textContent ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200c', '');
    }).join('\n'));
}
