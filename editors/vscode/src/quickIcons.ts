// Icons of lists, where nobody has to listen to them.
import * as vscode from 'vscode';

/**
 * Items whose icons, `$(name)` in front of their labels, stand beside the labels. Within
 * one VS Code reads an icon out: "circle slash, off in Go".
 */
export function quickIcons<T extends vscode.QuickPickItem>(items: readonly T[]): T[] {
  return items.map((item) => {
    const [icon, name] = /^\$\(([a-z-]+)\) /.exec(item.label) ?? [];
    return icon === undefined || name === undefined ? item : { ...item, label: item.label.slice(icon.length), iconPath: new vscode.ThemeIcon(name) };
  });
}
