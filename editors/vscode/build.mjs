// Bundles the extension: dist/extension.js is what VS Code loads while it
// starts, dist/client.js is all the rest, loaded afterwards.
import { build } from 'esbuild';

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
