// The text of "Why no suggestion?".
import { env, l10n } from 'vscode';
import type { Trace } from './protocol.ts';

/** The latest requests, newest first: what was asked by typing in a line each, then all of it. */
export function render(traces: readonly Trace[]): string {
  if (traces.length === 0) {
    return `# ${l10n.t('No request yet')}\n\n${l10n.t('Type in a file; each request for a suggestion is listed here.')}\n`;
  }
  const asked = traces.filter((t) => !t.speculative).map((t) => `- ${t.summary}`);
  return [`# ${l10n.t('The latest requests')}`, '', ...asked, '', `# ${l10n.t('In full')}`, '', ...traces.map(one)].join('\n');
}

function one(t: Trace): string {
  const lines = [`## ${t.summary}`, ''];
  const fact = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') {
      lines.push(`- ${name}: ${value}`);
    }
  };
  const [model = '', backend = ''] = [t.model, t.backend];
  fact(l10n.t('model'), model === '' || backend === '' ? model + backend : l10n.t('{0} by {1}', model, backend));
  fact(l10n.t('asked'), t.cached ? l10n.t('no, {0}', t.cachedBy ?? l10n.t('cached')) : undefined);
  const tokens = l10n.t('{0} tokens, {1} of them known to the model', t.promptTokens, t.cachedPromptTokens);
  fact(l10n.t('prompt'), t.promptTokens > 0 ? `${tokens}${t.form === undefined ? '' : l10n.t(', {0} form', t.form)}` : undefined);
  const ms = t.timingsMs;
  fact(l10n.t('time'), ms.total > 0 ? l10n.t('{0} ms (context {1}, first token {2})', tenths(ms.total), tenths(ms.context), tenths(ms.firstToken)) : undefined);
  block(lines, l10n.t('shown'), t.shown);
  if (t.raw !== t.shown) {
    block(lines, l10n.t('generated'), t.raw ?? '');
  }
  for (const snippet of t.snippets ?? []) {
    fact(l10n.t('shows'), snippet.summary);
  }
  fact(l10n.t('shows no definitions'), t.noSnippets);
  block(lines, l10n.t('prompt'), t.prompt ?? '');
  lines.push('');
  return lines.join('\n');
}

function tenths(n: number): string {
  return n.toLocaleString(env.language, { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false });
}

function block(lines: string[], name: string, text: string): void {
  if (text !== '') {
    lines.push('', `${name}:`, '', ...text.split('\n').map((line) => `    ${line}`));
  }
}
