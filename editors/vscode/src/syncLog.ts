// An operation of sync as a line of a list.
import { l10n } from 'vscode';
import type { Operation } from './protocol.ts';

export function entryOf(operation: Operation, now: number): { label: string; description: string; detail: string } {
  const icon = operation.ended === undefined ? 'warning' : (icons[operation.kind] ?? 'sync');
  const message = operation.message === '' ? operation.state.toLowerCase() : operation.message;
  return {
    label: `$(${icon}) ${kindOf(operation.kind)} ${operation.branch}`,
    description: operation.ended === undefined ? l10n.t('unfinished') : message,
    detail: l10n.t('{0}, {1}, operation {2}', ago(Date.parse(operation.began), now), operation.remote, operation.id),
  };
}

function kindOf(kind: string): string {
  switch (kind) {
    case 'sync':
      return l10n.t('sync');
    case 'undo':
      return l10n.t('undo');
    case 'resolve':
      return l10n.t('resolve');
    default:
      return kind;
  }
}

const icons: Record<string, string> = { sync: 'sync', undo: 'discard', resolve: 'git-merge' };

export interface LogEntry {
  label: string;
  description?: string;
  detail?: string;
  /** VS Code's QuickPickItemKind: -1 is a heading. */
  kind?: number;
  operation?: Operation;
}

/** What can be taken back, newest first; below it what else there was. */
export function logEntries(operations: readonly Operation[], now: number): LogEntry[] {
  const entry = (operation: Operation): LogEntry => ({ ...entryOf(operation, now), operation });
  const rest = operations.filter((operation) => !operation.undoable);
  return [
    ...operations.filter((operation) => operation.undoable).map(entry),
    ...(rest.length > 0 ? [{ label: l10n.t('Nothing to take back'), kind: -1 }, ...rest.map(entry)] : []),
  ];
}

export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (Number.isNaN(minutes)) {
    return l10n.t('some time ago');
  }
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days >= 1) {
    return days === 1 ? l10n.t('1 day ago') : l10n.t('{0} days ago', days);
  }
  if (hours >= 1) {
    return hours === 1 ? l10n.t('1 hour ago') : l10n.t('{0} hours ago', hours);
  }
  if (minutes >= 1) {
    return minutes === 1 ? l10n.t('1 minute ago') : l10n.t('{0} minutes ago', minutes);
  }
  return l10n.t('just now');
}
