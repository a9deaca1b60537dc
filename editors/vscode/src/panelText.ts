// How alternatives stand in their panel: in words, as code lenses are passed over by
// screen readers and by the keyboard.
import { l10n } from 'vscode';

/** One alternative in the panel's text. */
export interface Block {
  /** The line of its heading, from 0. */
  line: number;
}

/** The panel's text: its head, then each alternative behind the line that it goes on from, under a heading and above a blank line. */
export function layOut(head: readonly string[], before: string, items: readonly { insertText: string; label: string; range: { start: { character: number } } }[]): { text: string; blocks: Block[] } {
  const lines = [...head.map((line) => line.replace(/\s+/g, ' ')), ''];
  const blocks: Block[] = [];
  for (const [i, item] of items.entries()) {
    blocks.push({ line: lines.length });
    lines.push(l10n.t('Alternative {0}, {1}', i + 1, item.label));
    const whole = before.slice(0, item.range.start.character) + item.insertText.replace(/\n+$/, '');
    lines.push(...outdented(whole.split('\n')), '');
  }
  return { text: lines.join('\n'), blocks };
}

/** Lines without the white space that all of them begin with. */
function outdented(lines: string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const common = Math.min(...indents);
  return Number.isFinite(common) ? lines.map((line) => line.slice(common)) : lines;
}
