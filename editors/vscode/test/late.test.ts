import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Late, type Place } from '../src/late.ts';

const here: Place = { document: 'a.go', version: 3, line: 4, character: 7 };
const elsewhere: Place = { ...here, character: 0 };
const changed: Place = { ...here, version: 4 };

type Step = (late: Late) => unknown;
const ask = (place: Place, entry?: string): Step => (late) => late.asked(place, entry);
const cancel = (after: number, entry?: string): Step => (late) => { late.cancelled(here, entry, after); };
const dismiss: Step = (late) => { late.dismiss(here); };
const shown: Step = (late) => { late.shown(here); };
const ready = (cursor: Place = here): Step => (late) => late.ready(here, cursor) ?? 'nothing';

const nothing = 'nothing';
const asking = { popup: false, less: false };
const closing = { popup: true, less: false };
const replacing = { popup: false, less: true };

/** What each step is to say, where it says something. */
const cases: { name: string; steps: Step[]; said: unknown[] }[] = [
  { name: 'VS Code gave up, and no popup came', steps: [ask(here), cancel(750), ready()], said: [true, asking] },
  { name: 'answered with nothing', steps: [ask(here), ready()], said: [true, asking] },
  { name: 'answered with less', steps: [ask(here), shown, ready()], said: [true, replacing] },
  { name: 'first with less, then with all', steps: [ask(here), cancel(750), ready(), ask(here), shown, ready()], said: [true, asking, true, replacing] },
  { name: 'a popup came instead, and is left alone', steps: [ask(here), cancel(750), ask(here, 'errGone'), ready()], said: [true, false, closing] },
  { name: 'the popup is asked about again', steps: [ask(here), cancel(750), ask(here, 'errGone'), ask(here, 'errGone'), ready()], said: [true, false, false, closing] },
  { name: 'the user moves in the popup', steps: [ask(here), cancel(750), ask(here, 'errGone'), ask(here, 'error'), ready()], said: [true, false, true, nothing] },
  { name: 'and back', steps: [ask(here), cancel(750), ask(here, 'errGone'), ask(here, 'error'), ask(here, 'errGone'), ready()], said: [true, false, true, true, nothing] },
  { name: 'a popup that the user has opened', steps: [ask(here), cancel(200), ask(here, 'errGone'), ready()], said: [true, true, asking] },
  { name: 'the cursor is elsewhere', steps: [ask(here), cancel(750), ready(elsewhere)], said: [true, nothing] },
  { name: 'the text is another', steps: [ask(here), cancel(750), ready(changed)], said: [true, nothing] },
  { name: 'the user has said no', steps: [ask(here), cancel(750), dismiss, ready()], said: [true, nothing] },
  { name: 'no counts for one place', steps: [dismiss, ask(changed), (late) => late.ready(changed, changed)], said: [true, asking] },
  { name: 'typing on forgets', steps: [ask(here), cancel(750), ask(changed), ask(changed, 'errGone')], said: [true, true, true] },
];

for (const { name, steps, said } of cases) {
  test(`late: ${name}`, () => {
    const late = new Late();
    assert.deepEqual(steps.map((step) => step(late)).filter((word) => word !== undefined), said);
  });
}
