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

/** Params of airside/suggestionReady. */
export interface SuggestionReady {
  textDocument: { uri: string; version: number };
  position: { line: number; character: number };
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
  /** When, where, and what was suggested or why nothing was, in a line. */
  summary: string;
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
  /** "" when the backend has none; error says why. */
  model: string;
  /** Of its weights; 0 when unknown. */
  bytes: number;
  code: boolean;
  current: boolean;
  /** Why it answers now. */
  why: string;
  /** Why the backend does not. */
  error: string;
  /** What chooses it for good, below "airside". */
  settings: Record<string, string> | null;
}

/** What airside.review returns. */
export interface ReviewResult {
  findings: { severity: string }[];
  message: string;
  no_model: string;
  cancelled: boolean;
}

/** What airside.comment.list returns. */
export interface CommentList {
  threads: CommentThread[];
}

export interface CommentThread {
  id: string;
  uri: string;
  range: { start: Place; end: Place };
  outdated: boolean;
  resolved: boolean;
  resolvedBy?: string;
  severity?: string;
  model?: string;
  quote: string;
  comments: Comment[];
}

interface Place {
  line: number;
  character: number;
}

export interface Comment {
  id: string;
  author: string;
  email: string;
  time: string;
  body: string;
  verified: boolean;
  claim?: string;
  mine: boolean;
  edited: boolean;
  redacted: boolean;
}
