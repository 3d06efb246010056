import { byteLength } from '../world/byte-length.ts';
import type { Merchant } from '../world/merchant.ts';
import type { Device, JsonObject, ResultCode, Verification } from '../world/records.ts';
import { recognise, settleAudits } from '../world/registrations.ts';
import { addVerification } from '../world/verifications.ts';
import type { World } from '../world/world.ts';
import { callPartner, type PartnerAnswer } from './call-partner.ts';
import { codeLimitBytes, type ShownText, shownText } from './shown-text.ts';

/** What the camera sees. A `photo` is only caught where the device's group enables liveness. */
type Face = 'real' | 'photo' | 'unknown' | 'undetectable' | 'several';

export interface GateAttempt {
  readonly device: Device;
  /** Somebody with a face; recognised by what they registered. */
  readonly personId: string | null;
  /** Asks for this key outright, as if its face had been recognised. */
  readonly merchantUserKey: string | null;
  readonly face: Face;
  readonly method: 'face' | 'qr';
  /** Laid over the group's tags and the device's own params. */
  readonly params: JsonObject;
}

export interface GateResult {
  readonly outcome: 'opened' | 'denied';
  readonly shown: ShownText;
  readonly verification: Verification;
  /** Null where nobody was recognised, so nobody was asked. */
  readonly partner: PartnerAnswer | null;
  /** What is wrong with the answer, for whoever writes a partner. */
  readonly problems: readonly string[];
}

/** Somebody walks up to a device: recognition, the permission question (B2), the door, the record. */
export async function verifyAtGate(
  world: World,
  merchant: Merchant,
  attempt: GateAttempt,
): Promise<GateResult> {
  settleAudits(world, merchant);
  const group = merchant.deviceGroups.get(attempt.device.groupId);
  const params = { ...group?.tags, ...attempt.device.params, ...attempt.params };
  const seen = look(merchant, attempt, group?.enableLiveness ?? false);
  if (typeof seen !== 'string') {
    const verification = record(world, merchant, attempt, params, { ...nobody, resultCode: seen.resultCode });
    return { outcome: 'denied', shown: textFor(null), verification, partner: null, problems: [] };
  }
  const partner = await callPartner(world, merchant, 'permissions', { merchantUserKey: seen, params });
  const answer = partner.answered ? readAnswer(partner.body) : undefined;
  const opened = answer?.verified === true;
  const verification = record(world, merchant, attempt, params, {
    merchantUserKey: seen,
    status: opened ? 'SUCCESS' : 'FAIL',
    resultCode: opened ? null : resultCodeOf(answer, merchant),
    customCode: answer?.code ?? null,
  });
  const shown = textFor(answer ?? null);
  const problems = answer?.problems ?? [];
  return { outcome: opened ? 'opened' : 'denied', shown, verification, partner, problems };

  function textFor(given: PermissionsAnswer | null): ShownText {
    const { customMessage = null, code = null, verified = false } = given ?? {};
    return shownText(verified, attempt.device.display, customMessage, code, merchant.settings.codeTexts);
  }
}

/** The key of whoever is recognised, or why nobody is. */
function look(
  merchant: Merchant,
  { face, merchantUserKey, personId }: GateAttempt,
  enableLiveness: boolean,
): string | { readonly resultCode: ResultCode } {
  if (face === 'undetectable') return { resultCode: 'FACE_DETECT_FAILED' };
  if (face === 'several') return { resultCode: 'DUPLICATE_FACE' };
  if (face === 'photo' && enableLiveness) return { resultCode: 'FACE_DETECT_FAILED' };
  const registration = personId === null ? undefined : recognise(merchant, personId);
  const key = merchantUserKey ?? registration?.merchantUserKey;
  return face === 'unknown' || key === undefined ? { resultCode: 'FACE_NOT_FOUND' } : key;
}

interface PermissionsAnswer {
  readonly verified: boolean;
  readonly customMessage: string | null;
  readonly code: string | null;
  readonly problems: readonly string[];
}

/** Only `verified: true` opens a door; whatever else is odd about an answer is reported beside it. */
function readAnswer(body: JsonObject): PermissionsAnswer | undefined {
  if (typeof body['verified'] !== 'boolean') return undefined;
  const problems: string[] = [];
  const textOf = (name: string): string | null => {
    const value = body[name] ?? null;
    if (value === null || typeof value === 'string') return value || null;
    problems.push(`${name} is not a string`);
    return null;
  };
  const [customMessage, code] = [textOf('customMessage'), textOf('code')];
  textOf('message');
  const codeFits = code === null || byteLength(code) <= codeLimitBytes;
  if (!codeFits) problems.push(`code has more than ${codeLimitBytes} bytes`);
  return { verified: body['verified'], customMessage, code: codeFits ? code : null, problems };
}

function resultCodeOf(answer: PermissionsAnswer | undefined, merchant: Merchant): ResultCode {
  return answer === undefined ? merchant.personality.unansweredResultCode : 'MERCHANT_VALIDATION_FAILED';
}

const nobody = { merchantUserKey: null, status: 'FAIL', customCode: null } as const;

function record(
  world: World,
  merchant: Merchant,
  { device, method }: GateAttempt,
  params: JsonObject,
  what: Pick<Verification, 'merchantUserKey' | 'status' | 'resultCode' | 'customCode'>,
): Verification {
  return addVerification(world, merchant, {
    ...what,
    atMs: world.nowMs(),
    deviceId: device.deviceId,
    params,
    transactionId: method === 'qr' ? null : undefined,
  });
}
