/**
 * Subpath `@facepass-kit/crypto/probe`: which scheme FacePass accepts, by asking its encryption test.
 */
import { decodeBase64, encodeBase64 } from './base64.ts';
import type { Sealed } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import type { KeyWrap } from './key-wrap.ts';
import type { PeerKey } from './peer-key.ts';
import { listPlausibleSchemes } from './plausible-schemes.ts';
import type { EnvelopeScheme } from './scheme.ts';
import { createSealer } from './sealer.ts';

/** What `/api/v1/merchant/encryption-test` takes. */
export type ProbeEnvelope = Sealed<'encryptedData'>;

/** What it answered. A refusal may come as `success: false`, as a FAIL with an error code, or as a status. */
export interface ProbeAnswer {
  readonly accepted: boolean;
  readonly status?: number;
  readonly errorCode?: string;
}

export interface ProbeOptions {
  readonly peer: PeerKey;
  /**
   * Sends one envelope to the encryption test. It may throw an error with a numeric `status` (and a string
   * `errorCode`) in place of answering; after an error without one, a lost connection for instance, the probe
   * gives up as `unreachable`. A `send` that ignores the signal is left behind when it aborts.
   */
  readonly send: (envelope: ProbeEnvelope, signal: AbortSignal | undefined) => Promise<ProbeAnswer>;
  /** Default: {@link listPlausibleSchemes}. */
  readonly candidates?: readonly EnvelopeScheme[];
  /** Paddings that WebCrypto lacks; without them their candidates stay untried. */
  readonly keyWraps?: readonly KeyWrap[];
  /** Go on after the first scheme that is accepted, to see whether the endpoint tells schemes apart. */
  readonly all?: boolean;
  readonly signal?: AbortSignal;
}

/** One envelope sent. */
export interface ProbeAttempt extends ProbeAnswer {
  readonly scheme: EnvelopeScheme;
  /** A control is sealed like the scheme's envelope and then broken: it must be refused. */
  readonly control: boolean;
}

export interface ProbeReport {
  /**
   * `found`: the schemes in `accepted` were accepted, and their broken controls refused. `none_accepted`: of those
   * tried, none was. `proves_nothing`: a broken control was accepted too. `inconclusive`: a scheme was accepted, but its
   * broken control got no refusal, only an error that has other causes; ask again. `gave_up`: FacePass answered
   * 401, 403 or 429, so that nothing it says is about encryption. `unreachable`: no answer, or one of something in
   * front of the encryption test or in its place (404, 502, 503, 504).
   */
  readonly verdict: 'found' | 'none_accepted' | 'proves_nothing' | 'inconclusive' | 'gave_up' | 'unreachable';
  /** Most plausible first. Several mean that the endpoint does not tell them apart, e.g. the length of a GCM IV. */
  readonly accepted: readonly EnvelopeScheme[];
  /** Candidates not sent: after the first accepted one, after giving up, or where they could not be sealed. */
  readonly untried: readonly EnvelopeScheme[];
  /** Everything sent and answered, in order. */
  readonly evidence: readonly ProbeAttempt[];
  /** With `unreachable`: what `send` threw, where it threw something without a status. */
  readonly error?: unknown;
}

/**
 * Synthetic, and 33 bytes for two reasons: a GCM ciphertext of it is no whole number of blocks, so that a CBC
 * opener never takes one for its own (with whole blocks 1 in 256 ends in valid padding by chance); and a CBC
 * ciphertext has a block before the last, where flipping a bit surely breaks the padding.
 */
const plaintext = 'facepass-kit encryption test text';

/** Not authenticated, not allowed, too many: answers about us, not about the envelope. */
const givingUpStatuses: readonly number[] = [401, 403, 429];

/**
 * What a refusal of the envelope may come with where it is no 2xx. A 400 says that the request is at fault, so it
 * refuses a control too; a 500 may be how a failed decryption shows, or anything else.
 */
const badRequest = 400;
const serverError = 500;

type Meaning = 'accepted' | 'refused' | 'failed' | 'gave_up' | 'unreachable';

function meaningOf({ accepted, status = 200 }: ProbeAnswer): Meaning {
  if (givingUpStatuses.includes(status)) return 'gave_up';
  if (status >= 200 && status < 300) return accepted ? 'accepted' : 'refused';
  if (status === badRequest) return 'refused';
  return status === serverError ? 'failed' : 'unreachable';
}

/**
 * Finds the scheme that FacePass accepts, by sealing a synthetic text in each plausible way, most plausible first.
 * What is answered with a 400 or 500 is sent once more.
 *
 * @throws EnvelopeError `bad_key` for a peer that was not imported; the signal's reason once it is aborted
 * @example
 * const report = await probeScheme({ peer, send, keyWraps: [pkcs1KeyWrap, oaepMixedKeyWrap] });
 * if (report.verdict === 'found') console.log(formatScheme(report.accepted[0]));
 */
export async function probeScheme(options: ProbeOptions): Promise<ProbeReport> {
  const { candidates = listPlausibleSchemes(), all = false } = options;
  const accepted: EnvelopeScheme[] = [];
  const evidence: ProbeAttempt[] = [];
  const tried = new Set<EnvelopeScheme>();
  const report = (verdict: ProbeReport['verdict']): ProbeReport => {
    return { verdict, accepted, untried: candidates.filter((scheme) => !tried.has(scheme)), evidence };
  };
  const ask = async (scheme: EnvelopeScheme, control: boolean, envelope: ProbeEnvelope): Promise<Meaning> => {
    const answer = await askOnce(options, envelope);
    evidence.push({ scheme, control, ...answer });
    return meaningOf(answer);
  };
  const askTwice = async (...question: Parameters<typeof ask>): Promise<Meaning> => {
    const meaning = await ask(...question);
    const { status } = evidence.at(-1) ?? {};
    return status === badRequest || meaning === 'failed' ? ask(...question) : meaning;
  };

  try {
    for (const scheme of candidates) {
      const envelope = await sealIfSupported(options, scheme);
      if (envelope === undefined) continue;
      tried.add(scheme);
      const meaning = await askTwice(scheme, false, envelope);
      if (meaning === 'gave_up' || meaning === 'unreachable') return report(meaning);
      if (meaning !== 'accepted') continue;
      const ofControl = await askTwice(scheme, true, breakEnvelope(envelope, scheme));
      if (ofControl === 'gave_up') return report(ofControl);
      if (ofControl === 'accepted') return report('proves_nothing');
      if (ofControl !== 'refused') return report('inconclusive');
      accepted.push(scheme);
      if (!all) break;
    }
  } catch (thrown) {
    if (thrown instanceof NoAnswer) return { ...report('unreachable'), error: thrown.error };
    throw thrown;
  }
  return report(accepted.length > 0 ? 'found' : 'none_accepted');
}

/** Carries what `send` threw instead of answering to where the report is made. It never leaves this file. */
class NoAnswer extends Error {
  readonly error: unknown;

  constructor(error: unknown) {
    super();
    this.error = error;
  }
}

async function askOnce({ send, signal }: ProbeOptions, envelope: ProbeEnvelope): Promise<ProbeAnswer> {
  signal?.throwIfAborted();
  try {
    const { accepted, status, errorCode } = await untilAborted(send(envelope, signal), signal);
    return describe(accepted === true, status, errorCode);
  } catch (error) {
    signal?.throwIfAborted();
    const { status, errorCode }: { status?: unknown; errorCode?: unknown } = Object(error);
    if (typeof status !== 'number') throw new NoAnswer(error);
    return describe(false, status, errorCode);
  }
}

/** Rejects when the signal aborts, whether or not whoever was given it listens. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    // It may have aborted while sending began, and does not say so again.
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function describe(accepted: boolean, status: unknown, errorCode: unknown): ProbeAnswer {
  return {
    accepted,
    ...(typeof status === 'number' && { status }),
    ...(typeof errorCode === 'string' && { errorCode }),
  };
}

/** Undefined where the padding has no key wrap, or the wrap or the runtime fails at it. */
async function sealIfSupported(
  { peer, keyWraps = [] }: ProbeOptions,
  scheme: EnvelopeScheme,
): Promise<ProbeEnvelope | undefined> {
  try {
    return await createSealer({ peer, scheme, keyWraps }).seal({ encryptedData: plaintext });
  } catch (error) {
    if (error instanceof EnvelopeError && error.code === 'unsupported_scheme') return undefined;
    throw error;
  }
}

/**
 * One flipped bit that no correct opener lets pass. GCM: in the tag. CBC: in the block before the last, where it
 * turns the last byte of the padding from 1…16 into 129…144.
 */
function breakEnvelope(envelope: ProbeEnvelope, scheme: EnvelopeScheme): ProbeEnvelope {
  const data = decodeBase64(envelope.encryptedData);
  const position = data.length - (scheme.aes === 'A256GCM' ? 1 : 17);
  data[position] = (data[position] ?? 0) ^ 0x80;
  return { ...envelope, encryptedData: encodeBase64(data) };
}
