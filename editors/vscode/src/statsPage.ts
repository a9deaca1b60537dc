// The page "How it does": HTML without scripts, in the colours of the theme. Whoever
// hears it has what the picture says as a table, and every link and summary has the keys.
import { env, l10n } from 'vscode';
import type { Stats } from './protocol.ts';

/** The page. Its links are commands, and nothing in it comes from elsewhere. */
export function statsPage(stats: Stats, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="${env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<title>${t('How It Does')}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>${t('How airside does')}</h1>
<p class="quiet">${t('On this machine, which these numbers never leave.')}</p>
${stats.message === '' ? '' : `<p role="status">${escape(stats.message)}</p>`}
${body(stats)}
<p class="actions">${link('airside.showStats', t('Look again'))} ${stats.shown + stats.taken > 0 ? link('airside.resetStats', t('Begin to count anew…')) : ''} ${stats.canUndo ? link('airside.undoResetStats', t('Take the last reset back')) : ''}</p>
</main>
</body>
</html>`;
}

const style = `
main { max-width: 46rem; margin: 0 auto; padding: 1rem 0 3rem; }
h1 { font-weight: 500; margin-bottom: 0; }
h2 { font-weight: 500; font-size: 1.1rem; margin: 2rem 0 .5rem; }
a, summary { border-radius: 2px; }
a { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--vscode-focusBorder, currentColor); outline-offset: 3px; }
.quiet { color: var(--vscode-descriptionForeground); margin-top: .3rem; }
.totals { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.5rem 0 0; }
.totals div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.totals dt { color: var(--vscode-descriptionForeground); }
.totals dd { font-size: 1.8rem; margin: 0; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
figure .axis { display: flex; justify-content: space-between; gap: 1rem; margin: .2rem 0; color: var(--vscode-descriptionForeground); }
figure svg { display: block; width: 100%; height: 6rem; border-bottom: 1px solid var(--vscode-descriptionForeground); }
svg .bar { fill: var(--vscode-charts-blue, var(--vscode-foreground)); }
details { margin-top: .7rem; }
summary { cursor: pointer; width: fit-content; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { color: var(--vscode-descriptionForeground); font-weight: 400; vertical-align: bottom; }
tbody th { color: inherit; vertical-align: baseline; min-width: 7rem; }
th, td { text-align: right; padding: .3rem 0 .3rem 1rem; }
td, .day { white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; }
tbody tr { border-top: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, rgba(128,128,128,.3))); }
td svg { width: 7rem; margin-right: 1rem; }
.actions a { margin-right: 1.5rem; line-height: 2; }
.actions { margin-top: 2.5rem; }
@media (max-width: 34rem) {
  td svg { display: none; }
  th, td { padding-left: .6rem; }
}
@media (forced-colors: active) {
  svg .bar { fill: CanvasText; }
  :focus-visible { outline-color: Highlight; }
}
`;

function body(stats: Stats): string {
  if (stats.shown + stats.taken === 0) {
    return `<p>${stats.canUndo ? t('Nothing was shown yet since the last reset. Type in a file: what is shown and taken is counted here.') : t('Nothing was shown yet. Type in a file: what is shown and taken is counted here.')}</p>${models(stats)}`;
  }
  const totals: [string, string][] = [
    [stats.since === '' ? t('shown') : t('shown since {0}', stats.since), number(stats.shown)],
    [t('taken, {0} of them', share(stats.taken, stats.shown)), number(stats.taken)],
    [t('characters saved'), number(stats.characters)],
  ];
  return `<dl class="totals">${totals.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
${section('days', t('Characters saved, the last {0} days', stats.days.length), days(stats))}
${section('languages', t('By language'), table('languages', t('language'), stats.languages.map((l) => ({ ...l, name: l.name === '' ? l10n.t('without a name') : l.name }))))}
${section('models', t('By model'), table('models', t('model'), stats.models.map((m) => ({ ...m, name: m.model }))))}
${models(stats)}`;
}

function section(id: string, heading: string, content: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>
${content}</section>`;
}

/** A column for each day, and the same as a table. */
function days(stats: Stats): string {
  const width = 600, height = 100, most = Math.max(1, ...stats.days.map((d) => d.characters));
  const step = width / Math.max(1, stats.days.length);
  const columns = stats.days.map((d, n) => {
    const high = d.characters === 0 ? 0 : Math.max(2, (d.characters / most) * height);
    const title = `<title>${t('{0}: {1} characters saved, {2} of {3} taken', d.day, number(d.characters), d.taken, d.shown)}</title>`;
    return `<g>${title}<rect x="${(n * step).toFixed(1)}" y="0" width="${step.toFixed(1)}" height="${height}" fill="transparent"/><rect class="bar" x="${(n * step + 2).toFixed(1)}" y="${(height - high).toFixed(1)}" width="${(step - 4).toFixed(1)}" height="${high.toFixed(1)}"/></g>`;
  });
  const first = stats.days[0]?.day ?? '', last = stats.days.at(-1)?.day ?? '';
  const rows = stats.days.toReversed().map((d) => `<tr><th scope="row" class="day">${escape(d.day)}</th><td>${number(d.shown)}</td><td>${number(d.taken)}</td><td>${number(d.characters)}</td></tr>`);
  // The words are no part of the picture, which is drawn as wide as there is room.
  return `<figure>
<div class="axis" aria-hidden="true"><span>${number(most)}</span></div>
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${t('Characters saved by day: at most {0}, {1} today', number(most), number(stats.days.at(-1)?.characters ?? 0))}">
${columns.join('\n')}
</svg>
<div class="axis" aria-hidden="true"><span>${escape(first)}</span><span>${escape(last)}</span></div>
</figure>
<details><summary>${t('The days as a table')}</summary>
<table aria-labelledby="days"><thead><tr>${[t('day'), t('shown'), t('taken'), t('characters saved')].map(heading).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>
</details>`;
}

interface Row {
  name: string;
  shown: number;
  taken: number;
  characters: number;
}

function table(under: string, what: string, rows: readonly Row[]): string {
  const most = Math.max(1, ...rows.map((r) => r.characters));
  const lines = rows.map((r) => `<tr><th scope="row">${escape(r.name)}</th><td>${number(r.shown)}</td><td>${number(r.taken)}</td><td>${share(r.taken, r.shown)}</td><td><svg viewBox="0 0 100 8" preserveAspectRatio="none" height="8" aria-hidden="true"><rect class="bar" width="${((100 * r.characters) / most).toFixed(1)}" height="8"/></svg>${number(r.characters)}</td></tr>`);
  return `<table aria-labelledby="${under}"><thead><tr>${[what, t('shown'), t('taken'), t('share'), t('characters saved')].map(heading).join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`;
}

function models(stats: Stats): string {
  const known = stats.models.filter((m) => m.read_tokens_per_second + m.write_tokens_per_second + m.first_word_p50_ms > 0);
  if (known.length === 0) {
    return '';
  }
  const rate = (perSecond: number): string => (perSecond === 0 ? '–' : number(Math.round(perSecond)));
  const lines = known.map((m) => `<tr><th scope="row">${escape(m.model)} <span class="quiet">${t('by {0}', m.backend)}</span></th><td>${rate(m.read_tokens_per_second)}</td><td>${rate(m.write_tokens_per_second)}</td><td>${time(m.first_word_p50_ms)}</td><td>${time(m.first_word_p95_ms)}</td></tr>`);
  return section('speed', t('How fast models are here'), `<table aria-labelledby="speed"><thead><tr>${[t('model'), t('tokens a second, read'), t('tokens a second, written'), t('first word, half within'), t('first word, 95 of 100 within')].map(heading).join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`);
}

function heading(text: string): string {
  return `<th scope="col">${text}</th>`;
}

function link(command: string, text: string): string {
  return `<a href="command:${command}">${text}</a>`;
}

function number(n: number): string {
  return n.toLocaleString(env.language);
}

/** Some editors do not tell what they show. */
function share(taken: number, shown: number): string {
  return shown === 0 ? '–' : `${Math.min(100, Math.round((100 * taken) / shown))} %`;
}

function time(ms: number): string {
  return ms === 0 ? '–' : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toLocaleString(env.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} s`;
}

/** A text of ours, in the user's language; nothing in it is markup. */
function t(message: string, ...args: (string | number)[]): string {
  return escape(l10n.t(message, ...args));
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
