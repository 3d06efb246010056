/**
 * Does the time of a failed opening tell why it failed? `node bench/crypto-timing.ts [--samples 20000] [--json]`
 *
 * Opens envelopes that fail for different reasons, in random order, at RSA-2048, and compares each reason with an
 * altered field by the AUC of a single timing. An opener written by hand, which throws as soon as something is wrong,
 * runs in the same rounds: it shows that the experiment would see a difference. Takes about two minutes; exits with 1
 * where an interval neither includes 0.5 nor lies within 0.47 to 0.53, or where the hand-written one goes unnoticed.
 */
import { parseArgs } from 'node:util';
import {
  createOpener,
  createSealer,
  encodeBase64,
  generateKeyPair,
  importPeerKey,
  importPrivateKeys,
  type PeerKey,
  type Sealed,
} from '@facepass-kit/crypto';
import { importFloorKeys, openFloor } from './floors/envelope.ts';
import { type Auc, auc } from './lib/auc.ts';
import { median } from './lib/interleave.ts';

const { values: options } = parseArgs({
  options: { samples: { type: 'string', default: '20000' }, json: { type: 'boolean', default: false } },
});
const samples = Number(options.samples);

/** Different ciphertexts per cause, so that no single one's oddity passes for the cause's. */
const envelopesPerCause = 200;
const warmUpRounds = 500;

/** An interval that excludes 0.5 by chance or by a nanosecond is still fine within these. */
const tolerated = { low: 0.47, high: 0.53 };
/** What the hand-written opener must reach for the experiment to mean anything. */
const noticed = 0.6;

type Envelope = Sealed<'encryptedName' | 'encryptedPhoneNumber'>;
const names = ['encryptedName', 'encryptedPhoneNumber'] as const;

// A number above the modulus is refused without a private operation, as anyone can tell who knows the public key. The
// stranger's modulus is the smaller one, so that no envelope of theirs is such a number.
const [smaller, pair] = await twoPairs();
const peer = await importPeerKey(pair.publicKeySpkiBase64);
const stranger = await importPeerKey(smaller.publicKeySpkiBase64);
const opener = createOpener({ keys: await importPrivateKeys({ keys: [pair.privateJwk] }) });
const floor = await importFloorKeys(pair.publicKeySpkiBase64, { ...pair.privateJwk });

/** The reference comes first. Each cause is one change to a good envelope. */
const causes = {
  field_altered: async () => alter(await seal(peer), 'encryptedName'),
  key_altered: async () => alter(await seal(peer), 'encryptedKey'),
  sealed_for_another_key: () => seal(stranger),
  key_of_16_bytes: async () => ({ ...(await seal(peer)), encryptedKey: await wrap(16) }),
  key_of_64_bytes: async () => ({ ...(await seal(peer)), encryptedKey: await wrap(64) }),
  another_envelopes_key: async () => ({ ...(await seal(peer)), encryptedKey: await wrap(32) }),
} satisfies Record<string, () => Promise<Envelope>>;

/** The two ends of the private operation, opened by hand. */
const control = {
  'by hand: field_altered': causes.field_altered,
  'by hand: key_altered': causes.key_altered,
};

interface Series {
  readonly name: string;
  readonly envelopes: readonly Envelope[];
  readonly open: (envelope: Envelope) => Promise<unknown>;
  readonly milliseconds: number[];
}

const series = [
  ...(await makeSeries(causes, (envelope) => opener.open(envelope, names))),
  ...(await makeSeries(control, (envelope) => openFloor(floor.privateKey, envelope, names))),
];
for (let round = -warmUpRounds; round < samples; round += 1) {
  for (const { envelopes, open, milliseconds } of shuffle(series)) {
    const envelope = envelopes[Math.abs(round) % envelopesPerCause];
    if (envelope === undefined) throw new Error('No envelope prepared');
    const start = performance.now();
    const opened = await open(envelope).then(
      () => true,
      () => false,
    );
    const elapsed = performance.now() - start;
    if (opened) throw new Error('An envelope opened that must not');
    if (round >= 0) milliseconds.push(elapsed);
  }
}

const [reference, ...others] = series.slice(0, Object.keys(causes).length);
const [handReference, handAltered] = series.slice(-2);
if (reference === undefined || handReference === undefined || handAltered === undefined)
  throw new Error('No series');
const results = others.map((other) => ({ cause: other.name, ...compare(reference, other) }));
const byHand = compare(handReference, handAltered);
const even = results.every(isEven);
const seen = Math.abs(byHand.value - 0.5) > noticed - 0.5;

if (options.json) {
  console.log(JSON.stringify({ samples, results, byHand }, null, 2));
} else {
  console.log(
    `${samples} openings per cause, each against field_altered, Node ${process.versions.node}, RSA-2048`,
  );
  for (const { cause, ...result } of results)
    console.log(describe(cause, result, isEven(result) ? 'ok' : 'LEAK'));
  console.log(describe('(by hand) key_altered', byHand, seen ? 'noticed, as it must be' : 'NOT NOTICED'));
}
if (!even || !seen) process.exitCode = 1;

function compare(left: Series, right: Series) {
  const medianMs = { reference: median(left.milliseconds), cause: median(right.milliseconds) };
  return { ...auc(left.milliseconds, right.milliseconds), medianMs };
}

function isEven({ low, high }: Auc): boolean {
  return (low <= 0.5 && high >= 0.5) || (low >= tolerated.low && high <= tolerated.high);
}

function describe(
  cause: string,
  { value, low, high, medianMs }: ReturnType<typeof compare>,
  verdict: string,
): string {
  const interval = `AUC ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const medians = `median ${medianMs.cause.toFixed(3)} ms against ${medianMs.reference.toFixed(3)} ms`;
  return `${cause.padEnd(24)} ${interval}  ${medians}  ${verdict}`;
}

async function makeSeries(
  makers: Readonly<Record<string, () => Promise<Envelope>>>,
  open: Series['open'],
): Promise<Series[]> {
  return Promise.all(
    Object.entries(makers).map(async ([name, make]) => {
      const envelopes = await Promise.all(Array.from({ length: envelopesPerCause }, make));
      return { name, envelopes, open, milliseconds: [] };
    }),
  );
}

async function twoPairs() {
  const pairs = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const [first, second] = pairs;
  const modulus = ({ privateJwk }: typeof first) => Buffer.from(privateJwk.n, 'base64url');
  return Buffer.compare(modulus(first), modulus(second)) < 0 ? pairs : ([second, first] as const);
}

function seal(recipient: PeerKey): Promise<Envelope> {
  return createSealer({ peer: recipient }).seal({
    encryptedName: '홍길동',
    encryptedPhoneNumber: '01012341234',
  });
}

async function wrap(length: number): Promise<string> {
  const text = crypto.getRandomValues(new Uint8Array(length));
  return encodeBase64(new Uint8Array(await crypto.subtle.encrypt('RSA-OAEP', peer.oaep['SHA-1'], text)));
}

function alter(envelope: Envelope, name: 'encryptedKey' | 'encryptedName'): Envelope {
  const bytes = Buffer.from(envelope[name], 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return { ...envelope, [name]: bytes.toString('base64') };
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ item }) => item);
}
