// Texts of review threads.
import type { CommentThread } from './protocol.ts';

/** A thread's heading. */
export function labelOf(thread: CommentThread): string {
  const parts = [
    thread.severity !== undefined && thread.severity !== '' ? `${thread.severity}${thread.model === undefined || thread.model === '' ? '' : ` found by ${thread.model}`}` : '',
    thread.resolved ? `resolved${thread.resolvedBy === undefined || thread.resolvedBy === '' ? '' : ` by ${thread.resolvedBy}`}` : '',
    thread.outdated ? 'the code has changed since' : '',
  ].filter((part) => part !== '');
  const heading = parts.join(', ');
  return heading === '' ? 'Comment' : heading.charAt(0).toUpperCase() + heading.slice(1);
}

/** Markdown that loads no picture: what a teammate writes must not call anywhere. */
export function safe(markdown: string): string {
  return markdown.replaceAll('![', '!\\[');
}
