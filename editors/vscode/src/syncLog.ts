// An operation of sync as a line of a list.
import type { Operation } from './protocol.ts';

export function entryOf(operation: Operation, now: number): { label: string; description: string; detail: string } {
  const icon = operation.ended === undefined ? 'warning' : (icons[operation.kind] ?? 'sync');
  const message = operation.message === '' ? operation.state.toLowerCase() : operation.message;
  return {
    label: `$(${icon}) ${operation.kind} ${operation.branch}`,
    description: operation.ended === undefined ? 'unfinished' : message,
    detail: `${ago(Date.parse(operation.began), now)}, ${operation.remote}, operation ${operation.id}`,
  };
}

const icons: Record<string, string> = { sync: 'sync', undo: 'discard', resolve: 'git-merge' };

export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (Number.isNaN(minutes)) {
    return 'some time ago';
  }
  const units: [number, string][] = [
    [60 * 24, 'day'],
    [60, 'hour'],
    [1, 'minute'],
  ];
  for (const [size, name] of units) {
    const n = Math.floor(minutes / size);
    if (n >= 1) {
      return `${n} ${name}${n === 1 ? '' : 's'} ago`;
    }
  }
  return 'just now';
}
