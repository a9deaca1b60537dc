// The settings that are sent to the server: those that somebody has set.

/** What WorkspaceConfiguration.inspect tells of a setting. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/**
 * The tree of settings that have been set in the editor. The defaults of
 * package.json are not among them: the server lays the editor's settings over
 * the user's config.toml and environment, which defaults must not hide.
 */
export function explicit(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
  get: (name: string) => unknown,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const found = inspect(name);
    if (found && (found.globalValue ?? found.workspaceValue ?? found.workspaceFolderValue) !== undefined) {
      values[name] = get(name);
    }
  }
  return values;
}

interface Manifest {
  contributes: { configuration: { id?: string; properties: Record<string, unknown> }[] };
}

/** Names below "airside." of the settings that are the server's. */
export function serverSettings(manifest: unknown): string[] {
  const sections = (manifest as Manifest).contributes.configuration;
  const section = sections.find((s) => s.id === 'server');
  return Object.keys(section?.properties ?? {}).map((name) => name.replace(/^airside\./, ''));
}
