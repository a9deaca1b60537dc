// What a model says after VS Code has stopped waiting for it.
//
// At its defaults (editor.quickSuggestions is "offWhenInlineCompletions") VS Code
// waits 750 ms for ghost text while a word is typed, then cancels the request and
// opens its popup of words if it has some. The server goes on, and tells when
// there is something. Then it is asked again, unless the user has gone elsewhere,
// has said no, or has begun to choose from the popup.

/** A cursor in one version of a document. */
export interface Place {
  document: string;
  version: number;
  line: number;
  character: number;
}

/** What goes before VS Code is made to ask again. */
export interface Move {
  /** The popup of words. */
  popup: boolean;
  /** Less, which is shown: VS Code does not ask twice for what it has an answer to. */
  less: boolean;
}

/**
 * VS Code has stopped waiting by itself when it cancels a request after as long as
 * this, in milliseconds, and the text stays the same. On a busy machine the request
 * arrives late, and its end seems to come sooner than after 750.
 */
const givesUp = 300;

export class Late {
  private lost: Place | undefined; // where VS Code has stopped waiting
  private entry: string | undefined; // of the popup that it has opened instead
  private touched = false; // the user has moved in that popup
  private dismissed: Place | undefined;
  private given: Place | undefined; // where there was something to show

  /**
   * Takes in a request, and the entry that is chosen in the popup. False has it
   * answered with nothing: what is on its way is for what was typed, and to ask
   * for the popup's entry would end it.
   */
  asked(place: Place, entry?: string): boolean {
    if (!same(place, this.lost)) {
      this.lost = this.entry = undefined;
      this.touched = false;
      return true;
    }
    if (entry === undefined) {
      return true;
    }
    this.touched ||= this.entry !== undefined && this.entry !== entry;
    this.entry = entry;
    return this.touched;
  }

  /** VS Code waits no longer for a request that began some milliseconds ago. */
  cancelled(place: Place, entry: string | undefined, after: number): void {
    if (entry === undefined && after >= givesUp) {
      this.lost = place;
      this.entry = undefined;
      this.touched = false;
    }
  }

  /** There was something to show. */
  shown(place: Place): void {
    this.given = place;
  }

  /** The user wants nothing at this place. */
  dismiss(place: Place): void {
    this.dismissed = place;
  }

  /** Whether the user has said so. */
  unwanted(place: Place): boolean {
    return same(place, this.dismissed);
  }

  /** There is something for a place, and the cursor is at another: what to do, undefined for nothing. */
  ready(place: Place, cursor: Place): Move | undefined {
    const lost = same(place, this.lost);
    if (!same(place, cursor) || this.unwanted(place) || this.touched && lost) {
      return undefined;
    }
    return { popup: lost && this.entry !== undefined, less: same(place, this.given) };
  }

  /** The popup is closed; requests for what was typed go their way again. */
  closed(): void {
    this.entry = undefined;
  }
}

function same(one: Place, other: Place | undefined): boolean {
  return other !== undefined && one.document === other.document && one.version === other.version
    && one.line === other.line && one.character === other.character;
}
