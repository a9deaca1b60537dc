// VS Code's workbench in a browser, as somebody sees and uses it.
import { createRequire } from 'node:module';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';

/** What the Go test hands over. */
export interface World {
  /** Where code-server listens. */
  url: string;
  /** Has the test do something to the model: "break" or "mend". */
  control: string;
  chromium: string;
  /** editors/vscode, whose node_modules has playwright-core. */
  extension: string;
  /** Where pictures go. */
  pictures: string;
  /** Folders to open. */
  folders: Record<string, string>;
  /** XDG_CACHE_HOME of the extension host. */
  cache: string;
  /** settings.json of the machine that VS Code's server runs on, where machine-scoped settings are. */
  settings: string;
  /** How many places slow.ts waits at, and what it does there in turn; "%d" is the place's number. */
  places: number;
  attempts: { typed: string; ghost: string }[];
  /** Where first.ts opens a line behind another, and what it types there. */
  waits: { file: string; line: number; half: string }[];
  /** How long first.ts looks at a place before it presses a key, in milliseconds. */
  lookMs: number;
}

/** Every wait ends after this, in milliseconds; it is reached only when a test fails. */
export const patience = Number(process.env['AIRSIDE_PATIENCE_MS'] ?? 60_000);

/** What may go wrong and is then tried again waits no longer than this at first, in milliseconds, and twice as long each time. */
const firstAttempt = 3000;

export async function launch(world: World): Promise<Browser> {
  const { chromium } = createRequire(join(world.extension, 'package.json'))('playwright-core') as typeof import('playwright-core');
  return chromium.launch({
    executablePath: world.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

const windows = new Map<string, Workbench>();

export class Workbench {
  readonly page: Page;
  private readonly world: World;

  private constructor(page: Page, world: World) {
    this.page = page;
    this.world = world;
  }

  /** Opens a folder in a window of its own, or comes back to it. */
  static async open(browser: Browser, world: World, folder: string): Promise<Workbench> {
    const known = windows.get(folder);
    if (known) {
      return known;
    }
    const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(`${world.url}/?folder=${encodeURIComponent(folder)}`);
    const window = new Workbench(page, world);
    windows.set(folder, window);
    await page.locator('.monaco-workbench .part.editor').waitFor();
    return window;
  }

  async close(): Promise<void> {
    for (const [folder, window] of windows) {
      if (window === this) {
        windows.delete(folder);
      }
    }
    await this.page.context().close();
  }

  press(...keys: string[]): Promise<void> {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 30 });
  }

  /** Runs a command by its title in the palette. */
  async command(title: string): Promise<void> {
    await this.choose(() => this.press('F1'), `>${title}`, title);
  }

  input(): Locator {
    return this.page.locator('.quick-input-widget input').first();
  }

  /** The rows of a quick pick. */
  rows(text?: string): Locator {
    const all = this.page.locator('.quick-input-list .monaco-list-row');
    return text === undefined ? all : all.filter({ hasText: text });
  }

  /** Opens airside's menu with a click on its status bar item, until an entry is there. */
  async openMenu(entry: string): Promise<void> {
    await this.again(async (attempt) => {
      await this.status().click({ timeout: attempt });
      await this.rows('').first().waitFor({ timeout: attempt });
      if (await this.rows(entry).count() === 0) { // below what shows of the list
        await this.page.keyboard.type(entry.replace('…', ''));
      }
      await this.rows(entry).first().waitFor({ timeout: attempt });
    });
  }

  /** Takes an entry of airside's menu. */
  async menu(entry: string): Promise<void> {
    await this.again(async (attempt) => {
      await this.openMenu(entry);
      await this.rows(entry).first().click({ timeout: attempt });
    });
  }

  /** Takes an entry of airside's menu, and one of the list that it opens. */
  async pick(entry: string, row: string, shot?: string): Promise<void> {
    await this.again(async (attempt) => {
      await this.menu(entry);
      await this.rows(row).first().waitFor({ timeout: attempt });
      if (shot !== undefined) {
        await this.shoot(shot);
      }
      await this.rows(row).first().click({ timeout: attempt });
    });
  }

  async openFile(name: string): Promise<void> {
    await this.choose(() => this.press('Control+P'), name, name);
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** Opens a file from the explorer, where VS Code's search for files finds no end: it waits for pipes. */
  async openListed(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).dblclick();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** Puts the cursor at a line, from 1; at its end unless a column is given. */
  async goto(line: number, column?: number): Promise<void> {
    await this.choose(() => this.press('Control+G'), `:${line}${column === undefined ? '' : `:${column}`}`);
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' }); // it has the keys until then
    if (column === undefined) {
      await this.press('End');
    }
  }

  /**
   * Opens a quick pick, types into it, and takes what it then proposes, once
   * that is the row with this text. What VS Code lists before it has looked at
   * what was typed are the choices of earlier. A pick that lacks the row is closed
   * before the next try: an open palette keeps its list, and one that is opened
   * before VS Code has looked at the folder's trust lacks what needs it.
   */
  private async choose(open: () => Promise<void>, typed: string, row?: string): Promise<void> {
    await this.again(async (attempt) => {
      await open();
      await this.input().fill(typed, { timeout: attempt });
      if (row !== undefined) {
        await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: row }).waitFor({ timeout: attempt }).catch(async (error: unknown) => {
          await this.press('Escape');
          throw error;
        });
      }
      await this.input().press('Enter', { timeout: attempt });
    });
  }

  /** Rests the mouse on the status bar item until what shows there says so. A hover ends when the item is drawn anew. */
  async awaitHover(text: string | RegExp): Promise<void> {
    await this.again(async (attempt) => {
      await this.page.mouse.move(500, 300);
      await this.status().hover({ timeout: attempt });
      await this.page.locator('.monaco-hover:visible', { hasText: text }).first().waitFor({ timeout: attempt });
    });
  }

  /**
   * Tries until it works: VS Code closes what is open when something else takes
   * the focus, as an editor that is still coming or going does.
   */
  async again(go: (attempt: number) => Promise<void>): Promise<void> {
    const end = Date.now() + patience;
    for (let attempt = firstAttempt; ; attempt *= 2) { // a busy machine is no other one at the next try
      try {
        await go(attempt);
        return;
      } catch (error) {
        if (Date.now() > end) {
          throw error;
        }
      }
    }
  }

  status(): Locator {
    return this.page.locator('[id="airside-ls.airside.airside"]');
  }

  /** Waits until the status bar item reads like that. */
  awaitStatus(pattern: RegExp): Promise<string> {
    return this.until(`${String(pattern)} in the status bar`, () => this.status().textContent({ timeout: 1000 }).then((text) => text ?? '', () => ''), (text) => pattern.test(text));
  }

  /** The ghost text on the screen, its lines joined by \n. */
  ghost(): Promise<string> {
    return this.page.evaluate(ghostText);
  }

  async awaitGhost(text: string): Promise<void> {
    await this.until(`the ghost text ${JSON.stringify(text)}`, () => this.ghost(), (ghost) => ghost.includes(text));
  }

  async awaitNoGhost(): Promise<void> {
    await this.until('no ghost text', () => this.ghost(), (ghost) => ghost === '');
  }

  /** Looks until it is as it should be. */
  async until<T>(what: string, look: () => Promise<T>, right: (seen: T) => boolean): Promise<T> {
    const end = Date.now() + patience;
    for (;;) {
      const seen = await look();
      if (right(seen)) {
        return seen;
      }
      if (Date.now() > end) {
        throw new Error(`waited for ${what}; last seen: ${JSON.stringify(seen)}`);
      }
      await this.page.waitForTimeout(20);
    }
  }

  /** The text of the editor in view, as it is drawn, without the ghost text. */
  text(): Promise<string> {
    return this.page.evaluate(() => {
      const editor = document.querySelector('.editor-group-container.active .editor-instance .view-lines');
      const lines = [...(editor?.querySelectorAll('.view-line') ?? [])] as HTMLElement[];
      return lines
        .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
        .map((line) => {
          const copy = line.cloneNode(true) as HTMLElement;
          copy.querySelectorAll('.ghost-text-decoration, .ghost-text-decoration-preview, .ghost-text').forEach((ghost) => { ghost.remove(); });
          return (copy.textContent ?? '').replaceAll('\u00a0', ' ');
        })
        .join('\n');
    });
  }

  async awaitText(text: string): Promise<void> {
    await this.until(`the text ${JSON.stringify(text)}`, () => this.text(), (now) => now.includes(text));
  }

  /** Sets this machine's settings. */
  set(values: Record<string, unknown>): void {
    writeFileSync(this.world.settings, JSON.stringify(values));
  }

  /** Notifications that are on the screen. */
  notifications(): Locator {
    return this.page.locator('.notification-list-item');
  }

  /** Waits for a notification that says so, and takes it off the screen again. */
  async awaitTold(text: string | RegExp, picture?: string): Promise<void> {
    await this.notifications().filter({ hasText: text }).first().waitFor();
    if (picture !== undefined) {
      await this.shoot(picture);
    }
    await this.clearNotifications();
  }

  async clearNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await this.until('no notifications', () => this.notifications().count(), (n) => n === 0);
  }

  /** Waits until keys go to an editor inside something. */
  async awaitFocus(inside: Locator): Promise<void> {
    await inside.locator('.monaco-editor.focused').first().waitFor();
  }

  /** Says yes in the dialog that is open. */
  async confirm(button: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box .monaco-button', { hasText: button }).click();
    await this.page.locator('.monaco-dialog-box').waitFor({ state: 'detached' });
  }

  /** A picture of the screen, once all that fades or slides on it has ended. */
  async shoot(name: string): Promise<void> {
    mkdirSync(this.world.pictures, { recursive: true });
    await this.page.evaluate(settled);
    await this.page.screenshot({ path: join(this.world.pictures, `${name}.png`) });
  }
}

/** Runs in the page: waits for what moves, but for what turns for ever. */
export async function settled(): Promise<void> {
  const ends = (animation: Animation): boolean => animation.effect?.getComputedTiming().endTime !== Infinity;
  for (;;) {
    await new Promise((frame) => requestAnimationFrame(frame));
    const moving = document.getAnimations().filter((animation) => ends(animation) && animation.playState === 'running');
    if (moving.length === 0) {
      return;
    }
    await Promise.allSettled(moving.map((animation) => animation.finished));
  }
}

/** Runs in the page. */
function ghostText(): string {
  const editor = document.querySelector('.editor-group-container.active .editor-instance') ?? document;
  const read = (part: Element): string => (part.textContent ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200c', '');
  const line = [...editor.querySelectorAll('.view-lines .ghost-text-decoration, .view-lines .ghost-text-decoration-preview')].map(read).join('');
  const below = [...editor.querySelectorAll('.view-zones .suggest-preview-text .view-line')].map(read);
  return [line, ...below].join('\n').trimEnd();
}
