// Which airside is started, and whether it will do.
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { l10n } from 'vscode';

/** The oldest server that this extension knows how to talk to. */
export const oldest = [0, 1, 0] as const;

/** Commands without which nothing here makes sense. */
const needed = ['airside.accepted', 'airside.why', 'airside.sync.now'];

export interface Binary {
  path: string;
  from: 'airside.path' | 'the extension' | 'PATH';
}

/** Why there is no binary, for the user to read. */
export class Missing extends Error {}

export interface Places {
  /** The setting airside.path; "" for none. */
  setting: string;
  /** Where this extension carries its own. */
  bundled: string;
  /** $PATH. */
  path: string;
  home: string;
}

/** Finds the binary: what the user named, else the extension's own, else $PATH. */
export function find(places: Places): Binary {
  if (places.setting !== '') {
    const path = places.setting.replace(/^~(?=[/\\])/, places.home);
    if (!isAbsolute(path)) {
      throw new Missing(l10n.t('The setting airside.path is {0}: it has to be an absolute path.', JSON.stringify(places.setting)));
    }
    if (!executable(path)) {
      throw new Missing(l10n.t('The setting airside.path names {0}, which is no program that can be run.', path));
    }
    return { path, from: 'airside.path' };
  }
  if (isFile(places.bundled) && (executable(places.bundled) || madeExecutable(places.bundled))) {
    return { path: places.bundled, from: 'the extension' };
  }
  const name = process.platform === 'win32' ? 'airside.exe' : 'airside';
  for (const folder of places.path.split(delimiter)) {
    // A relative entry would name a folder of whatever is open.
    if (isAbsolute(folder) && executable(join(folder, name))) {
      return { path: join(folder, name), from: 'PATH' };
    }
  }
  throw new Missing(l10n.t('The program airside is missing: this extension was built for another platform, and there is none on PATH.'));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

/** Some installers unpack without modes. */
function madeExecutable(path: string): boolean {
  try {
    chmodSync(path, 0o755);
    return executable(path);
  } catch {
    return false;
  }
}

/**
 * Why a server will not do, undefined if it will. A version that is no number
 * ("devel", a commit) is judged by its commands alone.
 */
export function unfit(name: string | undefined, version: string | undefined, commands: readonly string[]): string | undefined {
  if (name !== 'airside') {
    return name === undefined ? l10n.t('it is some other language server, not airside') : l10n.t('it is the language server {0}, not airside', name);
  }
  const numbers = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  if (numbers) {
    const difference = oldest.map((n, i) => Number(numbers[i + 1]) - n).find((n) => n !== 0) ?? 0;
    if (difference < 0) {
      return l10n.t('its version is {0}, and this extension needs {1} or newer', version ?? '', oldest.join('.'));
    }
  }
  const lacking = needed.filter((command) => !commands.includes(command));
  return lacking.length > 0 ? l10n.t('it is too old: it lacks {0}', lacking.join(', ')) : undefined;
}
