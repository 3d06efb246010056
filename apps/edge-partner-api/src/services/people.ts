import { MERCHANT_USER_KEY_MAX } from '@facepass-kit/access/schema';
import type { PersonReference, PersonReferences } from '@facepass-kit/protocol';

/** References kept in memory: about 200 bytes each. Whoever asks daily costs one HMAC and one sealing. */
const KEPT = 10_000;

/** Remembers the references of people who asked lately; the oldest makes room for the newest. */
export function rememberReferences(people: PersonReferences): PersonReferences {
  const kept = new Map<string, PersonReference>();
  return {
    ...people,
    async of(merchantUserKey) {
      const known = kept.get(merchantUserKey);
      if (known !== undefined) return known;
      const reference = await people.of(merchantUserKey);
      if (merchantUserKey.length > MERCHANT_USER_KEY_MAX) return reference;
      const [oldest] = kept.size < KEPT ? [] : kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
      kept.set(merchantUserKey, reference);
      return reference;
    },
  };
}
