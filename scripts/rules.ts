/**
 * Checks a rules document and publishes it: schema, lint and the tests it brings along; then a preview over the last
 * questions, and the release, over the one it was compared with.
 *
 *   pnpm run rules check access.yaml
 *   EDGE_URL=https://doors.example.com ADMIN_TOKEN=… pnpm run rules publish access.yaml --by "reception" --reason "winter hours"
 *
 * `check` needs no network: run it where rules are reviewed. Exits with 1 where something is wrong.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createAdminClient } from '@facepass-kit/protocol';
import { checkRules, publishRules } from './lib/publish-rules.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { by: { type: 'string' }, reason: { type: 'string' } },
});
const [verb, file] = positionals;
if ((verb !== 'check' && verb !== 'publish') || file === undefined) {
  console.error(
    'usage: pnpm run rules check <file> | pnpm run rules publish <file> --by <who> --reason <why>',
  );
  process.exit(2);
}

const { compiled, errors, warnings } = checkRules(readFileSync(file, 'utf8'), Date.now());
for (const line of [...warnings, ...errors]) console.log(line);
if (compiled === null || errors.length > 0) {
  console.log(`${errors.length} wrong: nothing is published`);
  process.exit(1);
}
console.log(`checked: ${warnings.length} remarks, nothing wrong`);

if (verb === 'publish') {
  const { EDGE_URL: baseUrl, ADMIN_TOKEN: token } = process.env;
  const { by: publishedBy, reason } = values;
  if (baseUrl === undefined || token === undefined || publishedBy === undefined || reason === undefined) {
    console.error('publish needs EDGE_URL and ADMIN_TOKEN in the environment, --by and --reason');
    process.exit(2);
  }
  await publishRules(compiled, { publishedBy, reason }, createAdminClient({ baseUrl, token }), console.log);
}
