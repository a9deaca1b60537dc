// What airside says beyond LSP; lsp/ext has the same in Go.
import type { WorkspaceEdit } from 'vscode-languageclient';

/** Params of airside/status. */
export interface Status {
  completion: {
    state: string;
    backend: string;
    model: string;
    message: string;
    /** Why there are no suggestions in the file that the user was in last. */
    withheld?: string;
    /** Of a pause that ends by itself. */
    minutesLeft?: number;
  };
  sync: {
    state: string;
    branch: string;
    ahead: number;
    behind: number;
    conflicts: number;
    /** RFC 3339, "" for never. */
    lastSync: string;
    message: string;
    /** Commits of teammates that came in and were not seen yet. */
    new?: number;
    /** That in words. */
    news?: string;
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
  /** Told by airside.sync.status, for a branch that has a remote. */
  remote?: string;
  address?: string;
  branches?: SyncResult[];
}

/** What airside.sync.news returns. */
export interface SyncNews {
  new: number;
  message: string;
  commits: NewsCommit[];
  more: number;
  /** What airside.sync.seen is told: an operation for each repository. */
  latest: Record<string, string>;
}

export interface NewsCommit {
  hash: string;
  author: string;
  subject: string;
  branch: string;
  time: string;
  operation: string;
  work_dir: string;
  new: boolean;
  mine: boolean;
}

/** Params of airside/newLines. */
export interface NewLines {
  uri: string;
  /** Start is end where lines were taken out, before that line. */
  lines: { start: number; end: number; message: string }[];
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
  /** It can be taken back now. */
  undoable: boolean;
}

/** What a code action hands to airside.preview, a command of this side: an edit, as LSP has it. */
export interface PreviewArguments {
  title: string;
  edit: WorkspaceEdit;
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
  /** The definitions of other files that the prompt shows, and why there is none. */
  snippets?: { summary: string }[];
  noSnippets?: string;
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

/** What airside.switch returns. */
export interface Switch {
  language: string;
  languageOn: boolean;
  /** Absolute; "" of what is no file. */
  folder: string;
  folderOn: boolean;
  /** The glob that has the folder off. */
  by: string;
  /** What has it so from now on, below "airside". */
  settings: Record<string, string[]>;
}

/** What airside.stats returns. */
export interface Stats {
  since: string;
  shown: number;
  taken: number;
  characters: number;
  days: { day: string; shown: number; taken: number; characters: number }[];
  languages: { name: string; shown: number; taken: number; characters: number }[];
  models: {
    backend: string;
    model: string;
    shown: number;
    taken: number;
    characters: number;
    read_tokens_per_second: number;
    write_tokens_per_second: number;
    first_word_p50_ms: number;
    first_word_p95_ms: number;
  }[];
  canUndo: boolean;
  message: string;
}

/** What textDocument/copilotPanelCompletion returns, and tells of as it finds them. */
export interface PanelResult {
  items: PanelItem[];
  /** Why there is none. */
  message?: string;
}

export interface PanelItem {
  insertText: string;
  range: { start: Place; end: Place };
  command: { title: string; command: string; arguments: unknown[] };
  /** How much it is, for people. */
  label: string;
}

/** What airside.commitMessage returns. */
export interface CommitMessage {
  message: string;
  note: string;
}

/** What textDocument/copilotInlineEdit returns. */
export interface InlineEditResult {
  edits: InlineEdit[];
}

export interface InlineEdit {
  text: string;
  textDocument: { uri: string; version: number };
  range: { start: { line: number; character: number }; end: { line: number; character: number } };
  command: { command: string; arguments?: unknown[] };
}
