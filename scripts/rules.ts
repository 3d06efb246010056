/**
 * Checks a rules document and publishes it: schema, lint and the tests it brings along; then a preview over the last
 * questions, and the release, over the one it was compared with.
 *
 *   pnpm run rules check access.yaml
 *   EDGE_URL=https://doors.example.com ADMIN_TOKEN=… pnpm run rules publish access.yaml --by "reception" --reason "winter hours"
 *
 * `check` needs no network: run it where rules are reviewed. Exits with 1 where something is wrong with the rules, 2 with
 * the command, 3 where they are right and were not published.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { CompiledRelease } from '@facepass-kit/access';
import { createAdminClient } from '@facepass-kit/protocol';
import { checkRules, PublishError, publishRules } from './lib/publish-rules.ts';

const HELP = `Checks rules, and publishes them.

  pnpm run rules check <file>      schema, lint and the tests in the file; needs no network
  pnpm run rules publish <file>    the same; then what it would change for the last questions; then publishes

  --by <who>, --reason <why>       for the audit trail; publish needs both, and EDGE_URL and
                                   ADMIN_TOKEN in the environment
  --json                           one JSON object: what was found, and what was published
  -h, --help

Files are JSON or YAML (docs/guides/rules.md). Exit code 1: something is wrong with the rules; 2: with the command;
3: the rules are right, and were refused or did not arrive.`;

/** A preview asks thousands of questions again; whoever takes longer than this does not answer. */
const ANSWER_TIMEOUT_MS = 60_000;

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
const publish = verb === 'publish' ? publication() : null;

const print = values.json ? () => {} : console.log;
const { compiled, errors, warnings } = checkRules(textOf(file), Date.now());
for (const line of [...warnings, ...errors]) print(line);
if (compiled === null || errors.length > 0) {
  print(`${errors.length} wrong: nothing is published`);
  end(1, {});
}
print(`checked: ${warnings.length} remarks, nothing wrong`);

try {
  end(0, publish === null ? {} : await publish(compiled));
} catch (error) {
  if (!(error instanceof PublishError)) throw error;
  const { code, message, published } = error;
  if (!values.json) console.error(`${code}: ${message}`);
  end(3, { problem: { code, message, published } });
}

/** What publishing needs besides rules. */
function publication() {
  const { EDGE_URL: baseUrl, ADMIN_TOKEN: token } = process.env;
  const { by: publishedBy, reason } = values;
  if (baseUrl === undefined || token === undefined || publishedBy === undefined || reason === undefined) {
    return usage('publish needs EDGE_URL and ADMIN_TOKEN in the environment, --by and --reason.');
  }
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) {
    return usage('EDGE_URL is no address: expected one such as https://doors.example.com.');
  }
  const admin = createAdminClient({
    baseUrl,
    token,
    fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }),
  });
  return async (rules: CompiledRelease) => await publishRules(rules, { publishedBy, reason }, admin, print);
}

function end(code: number, done: object): never {
  if (values.json) console.log(JSON.stringify({ ok: code === 0, errors, warnings, ...done }, null, 2));
  process.exit(code);
}
