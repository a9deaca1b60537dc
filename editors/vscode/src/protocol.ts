// What airside says beyond LSP; lsp/ext has the same in Go.

/** Params of airside/status. */
export interface Status {
  completion: { state: string; backend: string; model: string; message: string };
  sync: {
    state: string;
    branch: string;
    ahead: number;
    behind: number;
    conflicts: number;
    /** RFC 3339, "" for never. */
    lastSync: string;
    message: string;
  };
  review: { state: string; message: string };
}

/** What airside.sync.* return. */
export interface SyncResult {
  state: string;
  branch: string;
  ahead: number;
  behind: number;
  pulled: number;
  pushed: number;
  merged: boolean;
  conflicts: { path: string; kind: string }[];
  operation: string;
  message: string;
  branches?: SyncResult[];
}

/** An entry of "airside sync log --json". */
export interface Operation {
  id: string;
  kind: string;
  branch: string;
  remote: string;
  began: string;
  ended?: string;
  state: string;
  message: string;
}

/** An entry of airside.why. */
export interface Trace {
  id: string;
  time: string;
  path: string;
  offset: number;
  backend?: string;
  model?: string;
  form?: string;
  prompt?: string;
  raw?: string;
  shown: string;
  reason?: string;
  cached: boolean;
  cachedBy?: string;
  speculative: boolean;
  alternative: number;
  promptTokens: number;
  cachedPromptTokens: number;
  generatedTokens: number;
  timingsMs: { context: number; prompt: number; firstToken: number; total: number };
}

/** An entry of airside.model.select without arguments. */
export interface Model {
  backend: string;
  model: string;
  current: boolean;
  why: string;
}
