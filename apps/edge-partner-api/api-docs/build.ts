/**
 * Wrangler runs this before it bundles. It puts together what `/docs` and `/openapi.json` serve as static assets: the
 * pages beside this file, Scalar's own browser build, and the API document made from the mounted routes, so that it
 * always describes the code it is deployed with. And it copies the Worker's source without the document's words, for
 * wrangler to bundle.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '../src/routes/index.ts';
import { leaveWordsOut } from './leave-words-out.ts';
import { openApiDocument } from './openapi-document.ts';

const folder = resolve(import.meta.dirname, '../dist/assets');
const scalar = dirname(fileURLToPath(import.meta.resolve('@scalar/api-reference')));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
cpSync(join(import.meta.dirname, 'pages'), folder, { recursive: true });
cpSync(join(scalar, 'browser/standalone.js'), join(folder, 'docs/scalar.js'));
writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument(routes)));

const app = resolve(import.meta.dirname, '..');
const copy = resolve(app, 'dist/worker');
const files = globSync('src/**/*.ts', { cwd: app }).filter((file) => !file.endsWith('.test.ts'));
for (const file of files) {
  const source = readFileSync(join(app, file), 'utf8');
  const target = join(copy, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, file.startsWith('src/routes/') ? leaveWordsOut(source) : source);
}
// What was copied before and is no more.
for (const file of globSync('src/**/*.ts', { cwd: copy })) {
  if (!files.includes(file)) rmSync(join(copy, file));
}
