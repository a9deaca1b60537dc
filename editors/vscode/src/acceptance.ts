// Which part of a suggestion has been taken, told from the changes of the text.
//
// VS Code's stable API tells an extension only of suggestions taken as a whole
// (by the item's command). Its handlers for "shown" and "partly accepted" are
// proposed API (inlineCompletionsAdditions), closed to published extensions. But
// a word or a line taken shows in the document: what is inserted at the cursor
// is what the suggestion goes on with.

/** One suggestion that is on the screen, or an alternative to it. */
export interface Candidate<T> {
  /** What the server sent. */
  item: T;
  text: string;
  /** UTF-16 units of text that stand in the document already, left of the cursor. */
  taken: number;
}

export interface Change {
  /** UTF-16 units from the document's beginning. */
  offset: number;
  length: number;
  text: string;
}

/** What brackets and quotes close themselves as, while somebody types. */
const pairs = ['()', '[]', '{}', '<>', '""', "''", '``'];

export class Acceptance<T> {
  private document = '';
  private cursor = 0;
  private candidates: Candidate<T>[] = [];

  /** Suggestions were given for the cursor at an offset. */
  shown(document: string, cursor: number, candidates: Candidate<T>[]): void {
    this.document = document;
    this.cursor = cursor;
    this.candidates = candidates;
  }

  /**
   * Takes in a change of a document. Returns the suggestion of which it took a
   * part, with all that has been taken so far, typed or accepted.
   */
  changed(document: string, changes: readonly Change[]): Candidate<T> | undefined {
    if (document !== this.document || this.candidates.length === 0 || changes.length === 0) {
      return undefined;
    }
    const change = changes.find((c) => c.offset === this.cursor);
    if (change === undefined || change.text === '') {
      this.candidates = [];
      return undefined;
    }
    this.candidates = this.candidates
      .filter((c) => c.text.startsWith(change.text, c.taken))
      .map((c) => ({ ...c, taken: c.taken + change.text.length }));
    this.cursor += change.text.length;
    const [first] = this.candidates;
    if (first === undefined || first.taken >= first.text.length || typed(change.text)) {
      return undefined;
    }
    return first;
  }
}

/** Whether a text may have come by one key: a sign, a line with its indentation, a pair. */
function typed(text: string): boolean {
  return Array.from(text.trim()).length <= 1 || pairs.includes(text);
}
