// Every text for people in every language that there is; to add a language is to add
// its files, and this test names what they lack.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { prose, textsOf } from './texts.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const languagesOf = (folder: string, pattern: RegExp): string[] => readdirSync(join(root, folder)).map((file) => pattern.exec(file)?.[1] ?? '').filter((language) => language !== '').sort();
const placeholders = (text: string): string[] => (text.match(/\{\d+\}/g) ?? []).sort();
const links = (text: string): string[] => (text.match(/\(command:[^)]*\)/g) ?? []).sort();

/** What looks like words for people and is none. */
const notForPeople = [
  /^package main|^\n\t}\n\treturn data/, // the Go file to try it in
  /--vscode-/, // a style sheet
  /^(airside|git) [a-z]/, // command lines, by which the server's messages are looked up
  /^the extension$/, // for the log
  /^@ext:/, // a search in the settings
  /^editor\.action|^workbench\./,
];

const { translated, bare } = textsOf(join(root, 'src'));
const wanted = [...new Set(translated.map((text) => text.text))].sort();
const languages = languagesOf('l10n', /^bundle\.l10n\.(.+)\.json$/);

test('the sources say nothing to people but through l10n.t', () => {
  assert.deepEqual(bare.filter(({ text }) => prose.test(text.replace(/<[^>]*>/g, '')) && !notForPeople.some((pattern) => pattern.test(text))), []);
});

test('German is one of the languages, on both sides', () => {
  assert.ok(languages.includes('de'));
  assert.deepEqual(languagesOf('.', /^package\.nls\.(.+)\.json$/), languages);
});

for (const language of languages) {
  const bundle = JSON.parse(read(`l10n/bundle.l10n.${language}.json`)) as Record<string, string>;

  test(`${language}: each text of the sources has an entry, and nothing else has`, () => {
    assert.deepEqual({ missing: wanted.filter((key) => !(key in bundle)), stale: Object.keys(bundle).filter((key) => !wanted.includes(key)) }, { missing: [], stale: [] });
  });

  test(`${language}: entries say something, and have the placeholders of the English`, () => {
    for (const [key, text] of Object.entries(bundle)) {
      assert.notEqual(text.trim(), '', key);
      assert.deepEqual(placeholders(text), placeholders(key), key);
    }
  });

  test(`${language}: package.json`, () => {
    const english = JSON.parse(read('package.nls.json')) as Record<string, string>;
    // The English beside each shows when it has become another.
    const texts = JSON.parse(read(`package.nls.${language}.json`)) as Record<string, { message: string; comment: string[] }>;
    const keys = Object.keys(english);
    assert.deepEqual({ missing: keys.filter((key) => !(key in texts)), stale: Object.keys(texts).filter((key) => !(key in english)) }, { missing: [], stale: [] });
    for (const key of keys) {
      assert.deepEqual(texts[key]?.comment, [english[key]], `${key} was written for another text`);
      assert.notEqual(texts[key].message.trim(), '', key);
      assert.deepEqual(links(texts[key].message), links(english[key] ?? ''), key);
    }
  });

  test(`${language}: pages of the walkthrough`, () => {
    const pages = readdirSync(join(root, 'media')).filter((file) => /^[a-z]+\.md$/.test(file));
    assert.deepEqual(pages.filter((page) => !readdirSync(join(root, 'media')).includes(page.replace('.md', `.nls.${language}.md`))), []);
  });
}

test('package.json has its texts in package.nls.json, all of them', () => {
  const manifest = read('package.json');
  const english = JSON.parse(read('package.nls.json')) as Record<string, string>;
  const named = [...manifest.matchAll(/"%([^"%]+)%"/g)].map((match) => match[1] ?? '').sort();
  assert.deepEqual(named, Object.keys(english).sort());
  const texts = [...manifest.matchAll(/"(title|description|markdownDescription|label|placeholder|contents)": "([^"]*)"/g)].map((match) => match[2] ?? '');
  assert.deepEqual(texts.filter((text) => !text.startsWith('%') && text !== 'airside'), []);
});
