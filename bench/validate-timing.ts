/**
 * Does the time of an answer to B1 tell why nobody was found?
 * `node bench/validate-timing.ts [--samples 2000] [--through process|worker] [--json]`
 *
 * Asks in random order, and compares causes that are answered alike, by the AUC of a timing: what nobody is found for with an
 * unknown person, what does not open with an altered field. A timing is the least of five, since whoever wants to know asks as often as the limit of one identifier allows, and
 * the least is what a busy machine disturbs least. By default the service is called in this process, over SQLite, which is
 * more than any caller could ever time; `--through worker` asks the whole Worker over HTTP. A control shows that the
 * experiment would see one sealing more or less: questions by phone alone, which seal an answer, against questions with
 * name and birth date, which do not. Takes some minutes.
 *
 * In a process without a network a few microseconds are seen: a row that is there takes longer to read than none, a cipher
 * that refuses longer than a text that does not fit. What counts is what they are worth to somebody who asks over a network
 * and may ask about one person ten times a minute. So a cause leaks where its interval excludes 0.5 and the medians differ
 * by more than {@link toleratedMs}, which nobody could tell within a day. Exits with 1 then, and where the control goes
 * unnoticed.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createSealer, generateKeyPair, importPeerKey } from '@facepass-kit/crypto';
import { auc } from './lib/auc.ts';
import { startEdgeWorker } from './lib/edge-worker.ts';
import { median } from './lib/interleave.ts';
import { sqliteD1 } from './lib/sqlite-d1.ts';

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '2000' },
    through: { type: 'string', default: 'process' },
    json: { type: 'boolean', default: false },
  },
});
const samples = Number(options.samples);

const WARM_UP_ROUNDS = 50;
/** Half of what the limit of one identifier allows in a minute. */
const REPEATS = 5;
const REQUESTS_PER_CAUSE = 50;
/** As many questions about one person as are answered in a day. */
const QUESTIONS_A_DAY = 10 * 60 * 24;
/** Less than any way over a network varies by, and than a database elsewhere does: to be on the safe side. */
const NOISE_MS = 1;
/**
 * A difference that stands out of this noise in so many questions, half of them about somebody known not to be a member: at
 * 5 % wrong alarms and 80 % found, (1.96 + 0.84) standard errors of the difference of two means. 0.047 ms.
 */
const toleratedMs = (1.96 + 0.84) * NOISE_MS * Math.sqrt(2 / (QUESTIONS_A_DAY / 2));
/** What the control must reach for the experiment to mean anything. */
const noticed = 0.6;

const foreign = await importPeerKey((await generateKeyPair()).publicKeySpkiBase64);

const identity = { name: '홍길동', phoneNumber: '01010000001', birthDate: '19900101', ci: ciOf(1) };
const member = (
  key: string,
  more: { phoneNumber?: string; ci?: string; birthDate?: string | undefined },
  status: 'active' | 'suspended' = 'active',
) => ({
  merchantUserKey: key,
  status,
  identity: { ...identity, ci: undefined, ...more },
});
const members = [
  member('one', identity),
  member('suspended', { phoneNumber: '01010000002', ci: ciOf(2) }, 'suspended'),
  member('father', { phoneNumber: '01010000003' }),
  member('son', { phoneNumber: '01010000003' }),
  member('nameless', { phoneNumber: '01010000004', birthDate: undefined }),
  // The directory of a company of some size: looking somebody up is no longer a scan of nothing.
  ...Array.from({ length: 400 }, (_, i) =>
    member(`m${i}`, { phoneNumber: `0102${String(i).padStart(7, '0')}` }),
  ),
];
const target = options.through === 'worker' ? await throughWorker() : await inProcess();
const ours = await importPeerKey(target.publicKeySpkiBase64);

type Fields = Record<string, string>;
const byCi = (ci: string): Fields => ({ encryptedCI: ci });
const byPhone = (phoneNumber: string): Fields => ({ encryptedPhoneNumber: phoneNumber });
const byIdentity = (phoneNumber: string, name = identity.name, birthDate = identity.birthDate): Fields => ({
  ...byPhone(phoneNumber),
  encryptedName: name,
  encryptedBirthDate: birthDate,
});
const seal = async (fields: Fields, peer = ours): Promise<Fields> =>
  await createSealer({ peer }).seal(fields);

const UNKNOWN_PHONE = '01099999999';
/** The first of each group is what the others of it are compared with. */
const groups = {
  'by CI': {
    unknown: () => seal(byCi(ciOf(9))),
    key: () => seal(byCi(ciOf(9)), foreign),
    tag: async () => altered(await seal(byCi(ciOf(9))), 'encryptedCI'),
    plaintext: () => seal(byCi(`${ciOf(9).slice(1)} `)),
    suspended: () => seal(byCi(ciOf(2))),
  },
  'by identity': {
    unknown: () => seal(byIdentity(UNKNOWN_PHONE)),
    key: () => seal(byIdentity(UNKNOWN_PHONE), foreign),
    tag: async () => altered(await seal(byIdentity(UNKNOWN_PHONE)), 'encryptedBirthDate'),
    plaintext: () => seal(byIdentity(UNKNOWN_PHONE, identity.name, '19900231')),
    'another name': () => seal(byIdentity(identity.phoneNumber, '김하나')),
    suspended: () => seal(byIdentity('01010000002')),
    'two who fit': () => seal(byIdentity('01010000003')),
  },
  'by phone alone': {
    unknown: () => seal(byPhone(UNKNOWN_PHONE)),
    key: () => seal(byPhone(UNKNOWN_PHONE), foreign),
    tag: async () => altered(await seal(byPhone(UNKNOWN_PHONE)), 'encryptedPhoneNumber'),
    plaintext: () => seal(byPhone('0109999999x')),
    suspended: () => seal(byPhone('01010000002')),
    'without birth date': () => seal(byPhone('01010000004')),
    'two who fit': () => seal(byPhone('01010000003')),
  },
} as const satisfies Record<string, Record<string, () => Promise<Fields>>>;

const REFUSED = ['key', 'tag', 'plaintext'];

interface Series {
  readonly group: string;
  readonly cause: string;
  readonly bodies: readonly Fields[];
  readonly milliseconds: number[];
}

const series: Series[] = [];
for (const [group, causes] of Object.entries(groups)) {
  for (const [cause, make] of Object.entries(causes)) {
    const requests = await Promise.all(Array.from({ length: REQUESTS_PER_CAUSE }, make));
    series.push({
      group,
      cause,
      bodies: requests,
      milliseconds: [],
    });
  }
}

try {
  for (let round = -WARM_UP_ROUNDS; round < samples; round += 1) {
    for (const { bodies, cause, milliseconds } of shuffle(series)) {
      const body = bodies[Math.abs(round) % bodies.length] ?? {};
      const expected = REFUSED.includes(cause) ? 400 : 200;
      let least = Number.POSITIVE_INFINITY;
      for (let repeat = 0; repeat < REPEATS; repeat += 1) {
        const start = performance.now();
        const status = await target.ask(body);
        least = Math.min(least, performance.now() - start);
        if (status !== expected) throw new Error(`${cause} was answered with ${status}`);
      }
      if (round >= 0) milliseconds.push(least);
    }
  }
} finally {
  await target.stop();
}

/** What answers like this cause, and is compared with it. */
const referenceOf = (group: string, cause = '') =>
  seriesOf(group, REFUSED.includes(cause) ? 'tag' : 'unknown');
const results = series
  .filter(({ cause }) => cause !== 'unknown' && cause !== 'tag')
  .map((other) => ({
    name: `${other.group}: ${other.cause}`,
    ...compare(referenceOf(other.group, other.cause), other),
  }));
const control = compare(referenceOf('by identity'), referenceOf('by phone alone'));
const even = results.every(isEven);
const seen = Math.abs(control.value - 0.5) > noticed - 0.5 && !isEven(control);

if (options.json) {
  console.log(JSON.stringify({ samples, results, control }, null, 2));
} else {
  console.log(`${samples} times ${REPEATS} questions a cause, each against what is answered alike`);
  for (const { name, ...result } of results)
    console.log(describe(name, result, isEven(result) ? 'ok' : 'LEAK'));
  console.log(
    `differences up to ${(toleratedMs * 1000).toFixed(0)} µs cannot be told within a day of questions`,
  );
  console.log(
    describe('(control) one sealing more', control, seen ? 'noticed, as it must be' : 'NOT NOTICED'),
  );
}
if (!even || !seen) process.exitCode = 1;

interface Target {
  readonly publicKeySpkiBase64: string;
  /** Answers the HTTP status. */
  readonly ask: (body: Fields) => Promise<number>;
  readonly stop: () => Promise<void>;
}

async function throughWorker(): Promise<Target> {
  const { publicKeySpkiBase64, admin, ask, stop } = await startEdgeWorker();
  await admin.upsertMembers({ members });
  return {
    publicKeySpkiBase64,
    stop,
    ask: async (body) => await ask('/v1/user/validate', JSON.stringify(body)),
  };
}

/** What the app's own `bench/validation.ts` gives: it is written in the app's types, not in these. */
interface ValidationModule {
  validation(options: object): Promise<{ ask(body: Fields): Promise<number> }>;
}

async function inProcess(): Promise<Target> {
  const app = join(import.meta.dirname, '../apps/edge-partner-api');
  const module: ValidationModule = await import(pathToFileURL(join(app, 'bench/validation.ts')).href);
  const [pair, facePass] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const { ask } = await module.validation({
    db: sqliteD1(join(app, 'migrations')),
    jwks: { keys: [pair.privateJwk] },
    facePassKeySpki: facePass.publicKeySpkiBase64,
    members,
  });
  return { publicKeySpkiBase64: pair.publicKeySpkiBase64, ask, stop: async () => {} };
}

function seriesOf(group: string, cause: string): Series {
  const found = series.find((entry) => entry.group === group && entry.cause === cause);
  if (found === undefined) throw new Error(`no series ${group}: ${cause}`);
  return found;
}

function compare(left: Series, right: Series) {
  const medianMs = { reference: median(left.milliseconds), cause: median(right.milliseconds) };
  return { ...auc(left.milliseconds, right.milliseconds), medianMs };
}

function isEven({ low, high, medianMs }: ReturnType<typeof compare>): boolean {
  return (low <= 0.5 && high >= 0.5) || Math.abs(medianMs.cause - medianMs.reference) <= toleratedMs;
}

function describe(
  name: string,
  { value, low, high, medianMs }: ReturnType<typeof compare>,
  verdict: string,
): string {
  const interval = `AUC ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const medians = `median ${medianMs.cause.toFixed(3)} ms against ${medianMs.reference.toFixed(3)} ms`;
  return `${name.padEnd(36)} ${interval}  ${medians}  ${verdict}`;
}

function ciOf(n: number): string {
  return `${String(n).repeat(85)}g==`;
}

function altered(request: Fields, name: string): Fields {
  const bytes = Buffer.from(request[name] ?? '', 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return { ...request, [name]: bytes.toString('base64') };
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ item }) => item);
}
