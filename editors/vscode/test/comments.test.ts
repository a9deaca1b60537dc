import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as vscode from 'vscode';
import { Comments } from '../src/comments.ts';
import type { Server } from '../src/server.ts';
import { CommentThreadCollapsibleState, Range, threads, Uri } from './vscode.ts';

const uri = 'file:///load.go';
const list = { threads: [{ id: 't1', uri, range: new Range(6, 0, 6, 3), resolved: false, comments: [{ author: 'Ada', body: 'Who closes the file?', time: 0, verified: true }] }] };

/** The server's notification and its answer are two messages: either may come first. */
const cases: { name: string; toldFirst: boolean }[] = [
  { name: 'the answer comes first', toldFirst: false },
  { name: 'it was told of before the answer', toldFirst: true },
];

for (const { name, toldFirst } of cases) {
  test(`a comment that was just written stays open: ${name}`, async () => {
    threads.length = 0;
    let changed: () => void = () => undefined;
    let added = false;
    const client = { onNotification: (_: string, run: () => void) => { changed = run; } };
    const server = {
      onStart: (run: (to: typeof client) => void) => { run(client); },
      onChange: () => undefined,
      life: { state: 'running' },
      commands: ['airside.comment.list'],
      log: { debug: (said: string) => { assert.fail(said); } },
      execute: async (command: string) => {
        if (command === 'airside.comment.list') {
          return added ? list : { threads: [] };
        }
        added = true;
        if (toldFirst) {
          changed();
          while (threads.length === 0) {
            await new Promise((soon) => setImmediate(soon));
          }
        }
        return { thread: 't1' };
      },
    } as unknown as Server;
    const comments = new Comments(server);
    const written = { uri: Uri.parse(uri), range: new Range(6, 0, 6, 3), dispose: () => undefined } as unknown as vscode.CommentThread;
    await comments.add({ thread: written, text: 'Who closes the file?' });
    assert.equal(threads.length, 1);
    assert.equal(threads[0]?.collapsibleState, CommentThreadCollapsibleState.Expanded);
  });
}
