import { type EnvelopeText, openEnvelope } from '../envelope/open-envelope.ts';
import { vendorKeysOf } from '../world/vendor-keys.ts';
import type { Call } from './endpoint.ts';
import { errorCodes, RequestFault, VendorFailure } from './failures.ts';

const refusal = 'the encrypted fields do not open';

/** Opens what a merchant sealed for FacePass; undefined where it does not open under the scheme in force. */
export async function tryOpen<K extends string>(
  { world, merchant }: Pick<Call, 'world' | 'merchant'>,
  envelope: EnvelopeText<K>,
): Promise<Record<K, string> | undefined> {
  const { accepted } = await vendorKeysOf(world, merchant);
  const { gcmIv, fieldWrap: wrap } = merchant.personality;
  const opened = await openEnvelope(envelope, merchant.settings.scheme, accepted, gcmIv);
  if (opened === undefined || wrap === null) return opened;
  const entries = Object.entries<string>(opened).map(([name, text]) => [name, unwrapped(text, wrap)]);
  // The same names with the wrapping around their values gone.
  return Object.fromEntries(entries) as Record<K, string>;
}

/** @throws VendorFailure or RequestFault, as the personality refuses what does not open */
export async function openOrRefuse<K extends string>(
  call: Call,
  envelope: EnvelopeText<K>,
): Promise<Record<K, string>> {
  const opened = await tryOpen(call, envelope);
  if (opened !== undefined) return opened;
  if (call.merchant.personality.decryptionFailure === 'fail') {
    throw new VendorFailure(errorCodes.decryptionFailed, refusal);
  }
  throw new RequestFault(400, errorCodes.decryptionFailed, refusal);
}

/** Senders may leave the wrapping out: it is an artefact of the guide's samples. */
function unwrapped(text: string, { before, after }: { before: string; after: string }): string {
  const wrapped =
    text.startsWith(before) && text.endsWith(after) && text.length >= before.length + after.length;
  return wrapped ? text.slice(before.length, text.length - after.length) : text;
}
