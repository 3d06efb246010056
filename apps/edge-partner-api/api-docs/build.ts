/**
 * Puts together what `/docs` and `/openapi.json` serve as static assets: the pages beside this file, Scalar's own
 * browser build, and the API document made from the mounted routes. Wrangler runs this before it bundles, so that
 * the document always describes the code it is deployed with, and none of it weighs on the Worker.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '../src/routes/index.ts';
import { openApiDocument } from './openapi-document.ts';

const folder = resolve(import.meta.dirname, '../dist/assets');
const scalar = dirname(fileURLToPath(import.meta.resolve('@scalar/api-reference')));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
cpSync(join(import.meta.dirname, 'pages'), folder, { recursive: true });
cpSync(join(scalar, 'browser/standalone.js'), join(folder, 'docs/scalar.js'));
writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument(routes)));
