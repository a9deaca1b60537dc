// What came in from teammates: the list, and one commit of it.
import * as vscode from 'vscode';
import { api } from './conflict.ts';
import { Failure } from './failure.ts';
import { rowsOf } from './newsText.ts';
import type { NewsCommit, SyncNews } from './protocol.ts';
import { quickIcons } from './quickIcons.ts';
import type { Server } from './server.ts';
import { trusted } from './sync.ts';

/** Lists what came in. Whoever has the list before them has seen it. */
export async function openNews(server: Server): Promise<void> {
  trusted();
  const news = await server.execute<SyncNews>('airside.sync.news', {});
  if (news.commits.length === 0) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('airside: nothing has come in from teammates in the last days.'), 8_000);
    return;
  }
  const title = news.message === '' ? vscode.l10n.t('airside: what came in') : `airside: ${news.message}`;
  const picked = vscode.window.showQuickPick(
    quickIcons(rowsOf(news, Date.now()).map((row) => (row.commit ? row : { ...row, kind: vscode.QuickPickItemKind.Separator }))),
    { title, placeHolder: vscode.l10n.t('Choose a commit to see what it changed'), matchOnDescription: true, matchOnDetail: true },
  );
  if (news.new > 0) {
    await server.execute('airside.sync.seen', { latest: news.latest });
  }
  const commit = (await picked)?.commit;
  if (commit) {
    await openCommit(commit);
  }
}

/** The name of the tree without entries, which git knows unasked: what a first commit began with. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Opens what a commit changed, all its files in one editor. */
async function openCommit(commit: NewsCommit): Promise<void> {
  const root = vscode.Uri.file(commit.work_dir);
  const git = await api();
  const repository = git?.getRepository(root) ?? (await git?.openRepository(root));
  if (!git || !repository) {
    throw new Failure(vscode.l10n.t('VS Code’s own Git extension shows commits, and it is switched off or does not open this repository. The commit is {0}.', commit.hash.slice(0, 10)));
  }
  const { parents } = await repository.getCommit(commit.hash);
  const before = parents[0] ?? emptyTree;
  const changes = await repository.diffBetween(before, commit.hash);
  await vscode.commands.executeCommand(
    'vscode.changes',
    `${commit.author}: ${commit.subject}`,
    changes.map(({ uri, originalUri }) => [uri, git.toGitUri(originalUri, before), git.toGitUri(uri, commit.hash)]),
  );
}
