// Texts of review threads.
import { l10n } from 'vscode';
import type { CommentThread } from './protocol.ts';

/** A thread's heading. */
export function labelOf(thread: CommentThread): string {
  const parts = [
    found(severityOf(thread.severity ?? ''), thread.model ?? ''),
    thread.resolved ? resolved(thread.resolvedBy ?? '') : '',
    thread.outdated ? l10n.t('the code has changed since') : '',
  ].filter((part) => part !== '');
  const heading = parts.join(', ');
  return heading === '' ? l10n.t('Comment') : heading.charAt(0).toUpperCase() + heading.slice(1);
}

function found(severity: string, model: string): string {
  return severity === '' || model === '' ? severity : l10n.t('{0} found by {1}', severity, model);
}

function resolved(by: string): string {
  return by === '' ? l10n.t('resolved') : l10n.t('resolved by {0}', by);
}

function severityOf(severity: string): string {
  switch (severity) {
    case 'error':
      return l10n.t('error');
    case 'warning':
      return l10n.t('warning');
    case 'info':
      return l10n.t('info');
    default:
      return severity;
  }
}

/** Markdown that loads no picture: what a teammate writes must not call anywhere. */
export function safe(markdown: string): string {
  return markdown.replaceAll('![', '!\\[');
}
