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

const HELP = `Checks rules, and publishes them.

  pnpm run rules check <file>      schema, lint and the tests in the file; needs no network
  pnpm run rules publish <file>    the same; then what it would change for the last questions; then publishes

  --by <who>, --reason <why>       for the audit trail; publish needs both, and EDGE_URL and
                                   ADMIN_TOKEN in the environment
  --json                           check: one JSON object with what was found
  -h, --help

Files are JSON or YAML (docs/guides/rules.md). Exit code 1: something is wrong with the rules; 2: with the command.`;

function usage(problem: string): never {
  console.error(`${problem}\n\n${HELP}`);
  process.exit(2);
}

function parsedArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        by: { type: 'string' },
        reason: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return usage(`${file} cannot be read.`);
  }
}

const { positionals, values } = parsedArguments();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [verb, file] = positionals;
if (verb !== 'check' && verb !== 'publish') usage('check or publish?');
if (file === undefined) usage('Which file?');
if (values.json && verb !== 'check') usage('--json goes with check.');

const { compiled, errors, warnings } = checkRules(textOf(file), Date.now());
if (values.json) console.log(JSON.stringify({ ok: errors.length === 0, errors, warnings }, null, 2));
else for (const line of [...warnings, ...errors]) console.log(line);
if (compiled === null || errors.length > 0) {
  if (!values.json) console.log(`${errors.length} wrong: nothing is published`);
  process.exit(1);
}
if (!values.json) console.log(`checked: ${warnings.length} remarks, nothing wrong`);

if (verb === 'publish') {
  const { EDGE_URL: baseUrl, ADMIN_TOKEN: token } = process.env;
  const { by: publishedBy, reason } = values;
  if (baseUrl === undefined || token === undefined || publishedBy === undefined || reason === undefined) {
    console.error('publish needs EDGE_URL and ADMIN_TOKEN in the environment, --by and --reason');
    process.exit(2);
  }
  await publishRules(compiled, { publishedBy, reason }, createAdminClient({ baseUrl, token }), console.log);
}
