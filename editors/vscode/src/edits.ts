// What becomes of a text by edits.

/** UTF-16 units from the document's beginning. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with all edits made; none meets another. */
export function edited(text: string, edits: readonly Edit[]): string {
  return [...edits].sort((a, b) => b.start - a.start).reduce((so, { start, end, text: put }) => so.slice(0, start) + put + so.slice(end), text);
}
