import type { EndpointName } from '../vendor-api/endpoint-names.ts';
import { emptyPageMark } from '../vendor-api/paging.ts';
import type { Reply } from '../vendor-api/reply.ts';
import type { Merchant } from '../world/merchant.ts';
import { randomAt } from '../world/random.ts';
import { eventTimeOf } from '../world/record-form.ts';
import type { AuditStatus, JsonObject } from '../world/records.ts';
import { addEvent } from '../world/registrations.ts';
import { addVerification } from '../world/verifications.ts';
import type { World } from '../world/world.ts';
import type { Fault } from './fault.ts';

/** Lets a fault change a page of records; other answers and other faults pass unchanged. */
export function spoilPage(reply: Reply, fault: Fault | undefined, input: unknown): Reply {
  const { success }: { success?: unknown } = reply.body;
  const { items }: { items?: unknown } = Object(success);
  if (!Array.isArray(items) || fault === undefined) return reply;
  const withPage = (page: JsonObject): Reply => ({
    ...reply,
    body: { ...reply.body, success: { ...Object(success), ...page } },
  });
  if (fault.kind === 'duplicate-items') {
    return withPage({ items: items.flatMap((item, index) => (index % 2 === 0 ? [item, item] : [item])) });
  }
  if (fault.kind === 'malformed-items') {
    return withPage({ items: items.map((item, index) => (index % 2 === 0 ? flaw(item, fault.flaw) : item)) });
  }
  return fault.kind === 'empty-page' ? withPage(emptyPage(input)) : reply;
}

function flaw(item: unknown, kind: Extract<Fault, { kind: 'malformed-items' }>['flaw']): unknown {
  if (kind === 'not-an-object') return 'a record';
  const entries = Object.entries(Object(item));
  return Object.fromEntries(
    kind === 'no-id'
      ? entries.filter(([name]) => name !== 'id' && name !== 'groupId')
      : entries.map(([name, value]) => [name, name.endsWith('Ts') ? 'once upon a time' : value]),
  );
}

/** Each empty page makes the cursor one mark longer, so that every one is new to the caller. */
function emptyPage(input: unknown): JsonObject {
  const { nextCursor }: { nextCursor?: unknown } = Object(input);
  const asked = typeof nextCursor === 'string' ? nextCursor : '';
  return { items: [], nextCursor: `${asked}${emptyPageMark}` };
}

/** Changes the world behind a walker's back, once its page is answered. */
export function disturbWorld(
  world: World,
  merchant: Merchant,
  endpoint: EndpointName,
  fault: Fault | undefined,
): void {
  if (fault?.kind === 'status-change') changeStatus(merchant, fault.auditStatus);
  if (fault?.kind !== 'late-records') return;
  const personality = merchant.personality;
  const atMs = eventTimeOf(personality, world.nowMs() - fault.ageSeconds * 1000);
  for (let made = 0; made < fault.count; made += 1) {
    const merchantUserKey = `late-${merchant.next('late-record')}`;
    if (endpoint === 'face-verify-history') {
      addVerification(world, merchant, { ...lateVerification, merchantUserKey, atMs });
    } else {
      const identity = { name: null, phoneNumber: null, email: null };
      addEvent(world, merchant, { merchantUserKey, identity, auditStatus: 'SUCCESS', atMs });
    }
  }
}

const lateVerification = {
  status: 'SUCCESS',
  resultCode: null,
  customCode: null,
  deviceId: 'IPAD000',
  params: {},
} as const;

function changeStatus(merchant: Merchant, auditStatus: AuditStatus): void {
  const events = merchant.registrationEvents.all().filter((event) => event.auditStatus !== auditStatus);
  const drawn = Math.floor(randomAt(merchant.settings.faults.seed, events.length) * events.length);
  const event = events[drawn];
  if (event === undefined) return;
  merchant.registrationEvents.put({ ...event, auditStatus });
  const registration = merchant.registrations.get(event.merchantUserKey);
  if (registration?.eventId !== event.id) return;
  merchant.registrations.set(event.merchantUserKey, { ...registration, auditStatus, auditDueAtMs: null });
}
