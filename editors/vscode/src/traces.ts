// The text of "Why no suggestion?".
import type { Trace } from './protocol.ts';

/** The latest requests, newest first: what was asked by typing in a line each, then all of it. */
export function render(traces: readonly Trace[]): string {
  if (traces.length === 0) {
    return '# No request yet\n\nType in a file; each request for a suggestion is listed here.\n';
  }
  const asked = traces.filter((t) => !t.speculative).map((t) => `- ${t.summary}`);
  return ['# The latest requests', '', ...asked, '', '# In full', '', ...traces.map(one)].join('\n');
}

function one(t: Trace): string {
  const lines = [`## ${t.summary}`, ''];
  const fact = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') {
      lines.push(`- ${name}: ${value}`);
    }
  };
  fact('model', [t.model, t.backend].filter((part) => part !== undefined && part !== '').join(' by '));
  fact('asked', t.cached ? `no, ${t.cachedBy ?? 'cached'}` : undefined);
  fact('prompt', t.promptTokens > 0 ? `${t.promptTokens} tokens, ${t.cachedPromptTokens} of them known to the model${t.form === undefined ? '' : `, ${t.form} form`}` : undefined);
  const ms = t.timingsMs;
  fact('time', ms.total > 0 ? `${ms.total.toFixed(1)} ms (context ${ms.context.toFixed(1)}, first token ${ms.firstToken.toFixed(1)})` : undefined);
  block(lines, 'shown', t.shown);
  if (t.raw !== t.shown) {
    block(lines, 'generated', t.raw ?? '');
  }
  block(lines, 'prompt', t.prompt ?? '');
  lines.push('');
  return lines.join('\n');
}

function block(lines: string[], name: string, text: string): void {
  if (text !== '') {
    lines.push('', `${name}:`, '', ...text.split('\n').map((line) => `    ${line}`));
  }
}
