// Bundles the extension: dist/extension.js is what VS Code loads while it
// starts, dist/client.js is all the rest, loaded afterwards.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

// README.md for the extension's page in VS Code, which shows pictures from the network
// alone: without them, as there is none to ask.
const picture = /^!\[[^\]]*\]\(media\/[^)]+\)\n+/gm;
const last = /^The picture above is made by the tests.*\n?/m;
mkdirSync('dist', { recursive: true });
writeFileSync('dist/page.md', readFileSync('README.md', 'utf8').replace(picture, '').replace(last, ''));

await build({
  entryPoints: ['src/extension.ts', 'src/client.ts'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  legalComments: 'linked',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', './client.js'],
  mainFields: ['module', 'main'],
  logLevel: 'warning',
});
