// Builds everything a browser or the FEEL evaluator loads into dist/. Bundles are complete: no page asks another host
// for anything, and none of them needs `eval` or an inline script, so a strict Content-Security-Policy holds.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');

// FEEL leaves much of feelin's behaviour to us (time zone, comparisons between types, exact sums). Those rules belong
// inside its interpreter, whose functions the package does not export, so they are read in its module's scope.
const feelinRules = {
  name: 'feelin-rules',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@bpmn-io[\\/]feelin[\\/]dist[\\/]index\.js$/ }, ({ path }) => {
      const rules = join(here, 'src/feelin/rules.js');
      return {
        contents: `${readFileSync(path, 'utf8')}\n${readFileSync(rules, 'utf8')}`,
        loader: 'js',
        watchFiles: [path, rules],
      };
    });
  },
};

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: 'es2020',
  charset: 'utf8',
  logLevel: 'warning',
  legalComments: 'linked',
  outdir: dist,
  define: { 'process.env.NODE_ENV': '"production"' },
};

rmSync(dist, { recursive: true, force: true });
await Promise.all([
  build({ ...common, entryPoints: { feelin: 'src/feelin/main.js' }, format: 'iife', plugins: [feelinRules] }),
  build({
    ...common,
    entryPoints: { viewer: 'src/viewer/main.js', page: 'src/page/main.js' },
    format: 'iife',
    loader: { '.svg': 'dataurl', '.woff': 'file', '.woff2': 'file' },
  }),
]);
