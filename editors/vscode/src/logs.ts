// The server's log, line by line.

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

const line = /^time=\S+ level=([A-Z]+)(?:[+-]\d+)? (.*)$/s;

/** Takes time and level, which the output channel has columns for, off a line. */
export function parse(text: string): { level: Level; message: string } {
  const match = line.exec(text);
  switch (match?.[1]) {
    case 'DEBUG':
      return { level: 'debug', message: match[2] ?? '' };
    case 'INFO':
      return { level: 'info', message: match[2] ?? '' };
    case 'WARN':
      return { level: 'warn', message: match[2] ?? '' };
    case 'ERROR':
      return { level: 'error', message: match[2] ?? '' };
    default:
      return { level: 'error', message: text }; // a panic, or another program's
  }
}

/** The server's --log-level for a level of VS Code's (LogLevel: Off 0, Trace 1, …). */
export function serverLevel(level: number): string {
  return ['error', 'debug', 'debug', 'info', 'warn', 'error'][level] ?? 'warn';
}
