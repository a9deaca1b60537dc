// The texts for people in the sources, found in their syntax trees.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Text {
  /** File and line, from 1. */
  at: string;
  text: string;
}

/** What is translated, and what looks like words for people and is not. */
export interface Texts {
  translated: Text[];
  bare: Text[];
}

/** Words in a row; "a word" alone may be anything. */
export const prose = /[A-Za-z]{2,}[,;:]? [a-z]{2,}/;

/** Calls whose texts are for the log, which is in English. */
const logs = new Set(['info', 'warn', 'error', 'debug', 'trace']);

export function textsOf(folder: string): Texts {
  const found: Texts = { translated: [], bare: [] };
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts')).sort()) {
    const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022, true);
    visit(source, source, found);
  }
  return found;
}

function visit(node: ts.Node, source: ts.SourceFile, found: Texts): void {
  const at = `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
  if (ts.isCallExpression(node)) {
    const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText(source);
    const [first, ...others] = node.arguments;
    if (name === 't' && first !== undefined) {
      // What is put together at run time nobody can translate.
      if (ts.isStringLiteral(first)) {
        found.translated.push({ at, text: first.text });
      } else if (!ts.isIdentifier(first)) {
        found.bare.push({ at, text: first.getText(source) });
      }
      others.forEach((argument) => { visit(argument, source, found); });
      return;
    }
    if (logs.has(name)) {
      return;
    }
  }
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    if (prose.test(node.text)) {
      found.bare.push({ at, text: node.text });
    }
    return;
  }
  if (ts.isTemplateExpression(node)) {
    const text = node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
    if (prose.test(text)) {
      found.bare.push({ at, text });
    }
  }
  ts.forEachChild(node, (child) => { visit(child, source, found); });
}
