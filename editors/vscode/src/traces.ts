// The text of "Why no suggestion?".
import type { Trace } from './protocol.ts';

export function render(traces: readonly Trace[]): string {
  if (traces.length === 0) {
    return '# No request yet\n\nType in a file; each request for a suggestion is listed here.\n';
  }
  return `# The latest requests, newest first\n\n${traces.map(one).join('\n')}`;
}

function one(t: Trace): string {
  const time = t.time.replace(/^.*T/, '').replace(/(\.\d{3})\d*.*$/, '$1');
  const what = t.shown !== '' ? 'suggested' : `nothing: ${t.reason ?? 'the model had nothing to say'}`;
  const lines = [`## ${time} ${base(t.path)}, byte ${t.offset}: ${what}`, ''];
  const fact = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') {
      lines.push(`- ${name}: ${value}`);
    }
  };
  fact('model', [t.model, t.backend].filter((part) => part !== undefined && part !== '').join(' by '));
  fact('asked', t.cached ? `no, ${t.cachedBy ?? 'cached'}` : t.speculative ? 'ahead of the typing' : undefined);
  fact('prompt', t.promptTokens > 0 ? `${t.promptTokens} tokens, ${t.cachedPromptTokens} of them known to the model${t.form === undefined ? '' : `, ${t.form} form`}` : undefined);
  const ms = t.timingsMs;
  fact('time', ms.total > 0 ? `${ms.total.toFixed(0)} ms (context ${ms.context.toFixed(0)}, first token ${ms.firstToken.toFixed(0)})` : undefined);
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

function base(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}
