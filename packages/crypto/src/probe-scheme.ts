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
import { createSealer, type Sealer } from './sealer.ts';

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
   * `errorCode`) in place of answering; an error without one ends the probe and is passed on.
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
   * tried, none was. `proves_nothing`: a broken control was accepted too. `gave_up`: FacePass answered 401, 403 or
   * 429, so that nothing it says is about encryption.
   */
  readonly verdict: 'found' | 'none_accepted' | 'proves_nothing' | 'gave_up';
  /** Most plausible first. Several mean that the endpoint does not tell them apart, e.g. the length of a GCM IV. */
  readonly accepted: readonly EnvelopeScheme[];
  /** Candidates not sent: after the first accepted one, after giving up, or for want of a key wrap. */
  readonly untried: readonly EnvelopeScheme[];
  /** Everything sent and answered, in order. */
  readonly evidence: readonly ProbeAttempt[];
}

/**
 * Synthetic, and 33 bytes for two reasons: a GCM ciphertext of it is no whole number of blocks, so that a CBC
 * opener never takes one for its own (with whole blocks 1 in 256 ends in valid padding by chance); and a CBC
 * ciphertext has a block before the last, where flipping a bit surely breaks the padding.
 */
const plaintext = 'facepass-kit encryption test text';

/** Not authenticated, not allowed, too many: answers about us, not about the envelope. */
const givingUpStatuses: readonly (number | undefined)[] = [401, 403, 429];

/**
 * Finds the scheme that FacePass accepts, by sealing a synthetic text in each plausible way, most plausible first.
 *
 * @throws whatever `send` throws without a `status`; the signal's reason once it is aborted
 * @example
 * const report = await probeScheme({ peer, send, keyWraps: [pkcs1KeyWrap, oaepMixedKeyWrap] });
 * if (report.verdict === 'found') console.log(formatScheme(report.accepted[0]));
 */
export async function probeScheme(options: ProbeOptions): Promise<ProbeReport> {
  const { peer, candidates = listPlausibleSchemes(), keyWraps = [], all = false } = options;
  const accepted: EnvelopeScheme[] = [];
  const evidence: ProbeAttempt[] = [];
  const tried = new Set<EnvelopeScheme>();
  const report = (verdict: ProbeReport['verdict']): ProbeReport => {
    return { verdict, accepted, untried: candidates.filter((scheme) => !tried.has(scheme)), evidence };
  };

  for (const scheme of candidates) {
    const sealer = createSealerIfSupported(peer, scheme, keyWraps);
    if (sealer === undefined) continue;
    const envelope = await sealer.seal({ encryptedData: plaintext });
    tried.add(scheme);
    for (const control of [false, true]) {
      const answer = await ask(options, control ? breakEnvelope(envelope, scheme) : envelope);
      evidence.push({ scheme, control, ...answer });
      if (givingUpStatuses.includes(answer.status)) return report('gave_up');
      if (control && answer.accepted) return report('proves_nothing');
      if (!answer.accepted && !control) break;
      if (control) accepted.push(scheme);
    }
    if (accepted.length > 0 && !all) break;
  }
  return report(accepted.length > 0 ? 'found' : 'none_accepted');
}

async function ask({ send, signal }: ProbeOptions, envelope: ProbeEnvelope): Promise<ProbeAnswer> {
  signal?.throwIfAborted();
  try {
    const { accepted, status, errorCode } = await send(envelope, signal);
    return describe(accepted, status, errorCode);
  } catch (error) {
    signal?.throwIfAborted();
    if (typeof error !== 'object' || error === null || !('status' in error)) throw error;
    return describe(false, error.status, 'errorCode' in error ? error.errorCode : undefined);
  }
}

function describe(accepted: boolean, status: unknown, errorCode: unknown): ProbeAnswer {
  return {
    accepted,
    ...(typeof status === 'number' && { status }),
    ...(typeof errorCode === 'string' && { errorCode }),
  };
}

function createSealerIfSupported(
  peer: PeerKey,
  scheme: EnvelopeScheme,
  keyWraps: readonly KeyWrap[],
): Sealer | undefined {
  try {
    return createSealer({ peer, scheme, keyWraps });
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
