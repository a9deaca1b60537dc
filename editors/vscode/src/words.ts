// What is done here in the place of command lines: the server's messages name it.
import { l10n } from 'vscode';

/** By command line; one with more arguments is the same. Each is a title in package.json, or VS Code's own. */
export function words(): Record<string, string> {
  const { t } = l10n;
  return {
    'airside sync': t('“Sync Now”'),
    'airside sync enable': t('“Sync This Repository…”'),
    'airside sync disable': t('“Stop Syncing This Repository”'),
    'airside sync status': t('the item in the status bar'),
    'airside sync log': t('“What Sync Has Done…”'),
    'airside sync undo': t('“What Sync Has Done…”'),
    'airside sync resolve': t('“Resolve the Conflict in the Merge Editor”'),
    'airside sync resolve --proposal': t('“Take the Proposed Merge”'),
    'airside comments list': t('the Comments panel'),
    'airside comments reply': t('the comment’s own thread'),
    'airside trust': t('“Manage Workspace Trust”'),
    'airside doctor': t('“Doctor”'),
    'airside review': t('“Review My Changes”'),
    'git merge --abort': t('“Abort Merge” in Source Control'),
    'git merge --allow-unrelated-histories': t('git’s “Merge…” in Source Control'),
    'git switch': t('git’s “Checkout to…”'),
    'git branch': t('git’s “Create Branch From…”'),
    'git show': t('git’s “View Commit”'),
  };
}
