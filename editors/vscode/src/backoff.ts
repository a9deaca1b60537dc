// When a server that ended by itself is started again.

/** Milliseconds before the first, the second, … restart. */
const delays = [500, 2_000, 8_000, 30_000];

/** A server that ran this long had not failed to start: counting begins anew. */
const healthy = 120_000;

export class Backoff {
  private crashes = 0;

  /**
   * Notes that a server ended after running for some milliseconds; cameUp tells
   * whether it ever answered. Returns how long to wait before the next start;
   * undefined gives up, the sooner with one that never came up.
   */
  crashed(ran: number, cameUp: boolean): number | undefined {
    if (ran >= healthy) {
      this.crashes = 0;
    }
    return (cameUp ? delays : delays.slice(0, 2))[this.crashes++];
  }

  /** Forgets the past: the user has asked for a start. */
  reset(): void {
    this.crashes = 0;
  }
}
