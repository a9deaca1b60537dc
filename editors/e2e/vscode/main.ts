// Journeys through VS Code, named on the command line; the world they take
// place in comes from the Go test, as JSON in AIRSIDE_WORLD.
import type { Browser } from 'playwright-core';
import { launch, type World } from './workbench.ts';
import { accessible } from './accessible.ts';
import { alternatives } from './alternatives.ts';
import { backend } from './backend.ts';
import { comments } from './comments.ts';
import { first } from './first.ts';
import { ghost } from './ghost.ts';
import { hostile } from './hostile.ts';
import { latency } from './latency.ts';
import { news } from './news.ts';
import { notebook } from './notebook.ts';
import { restricted } from './restricted.ts';
import { review } from './review.ts';
import { settled } from './settled.ts';
import { slow } from './slow.ts';
import { snooze } from './snooze.ts';
import { stands } from './stands.ts';
import { states } from './states.ts';
import { conflict, sync } from './sync.ts';
import { tour } from './tour.ts';
import { trouble } from './trouble.ts';

const journeys: Record<string, (world: World, browser: Browser) => Promise<void>> = { accessible, alternatives, backend, comments, conflict, first, ghost, hostile, latency, news, notebook, restricted, review, settled, slow, snooze, stands, states, sync, tour, trouble };

const world = JSON.parse(process.env['AIRSIDE_WORLD'] ?? '') as World;
const browser = await launch(world);
try {
  for (const name of process.argv.slice(2)) {
    const began = Date.now();
    try {
      await journeys[name]?.(world, browser);
    } catch (error) {
      for (const [n, page] of browser.contexts().flatMap((context) => context.pages()).entries()) {
        await page.screenshot({ path: `${world.pictures}/failed-${name}-${n}.png` });
      }
      console.error(`${name} failed:`, error);
      process.exitCode = 1;
    }
    console.log(`${name}:  ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
} finally {
  await browser.close();
}
