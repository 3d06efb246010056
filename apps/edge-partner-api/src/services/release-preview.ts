import { type CompiledRelease, decide, type Member, type Verdict } from '@facepass-kit/access';
import { memberSchema } from '@facepass-kit/access/schema';
import type { DecisionMessage, PersonReferences, ReleasePreview } from '@facepass-kit/protocol';
import * as z from 'zod';

/** What a recorded decision says of the question it answered. */
const recordedInputs = z.object({
  facts: memberSchema.omit({ merchantUserKey: true, version: true }).nullable(),
  siteId: z.string().nullable(),
});

/**
 * Asks recorded questions again under two releases, at the instant they were asked and with the facts of then,
 * and tells where the rules alone answer otherwise. What the guard remembered plays no part.
 */
export async function previewChanges(
  before: CompiledRelease | null,
  draft: CompiledRelease,
  decisions: readonly DecisionMessage[],
  people: PersonReferences,
): Promise<Pick<ReleasePreview, 'asked' | 'changed'>> {
  const changed: ReleasePreview['changed'] = [];
  let asked = 0;
  for (const decision of decisions) {
    const inputs = recordedInputs.safeParse(decision.inputs);
    const merchantUserKey = await people.open(decision.person).catch(() => null);
    if (!inputs.success || merchantUserKey === null) continue;
    asked += 1;
    const { facts, siteId } = inputs.data;
    const member: Member | null =
      facts === null ? null : { ...facts, merchantUserKey, version: decision.memberVersion ?? 0 };
    const question = { merchantUserKey, params: decision.params, siteId: siteId ?? undefined };
    const then = before === null ? NOTHING : decide(before, member, question, decision.at);
    const now = decide(draft, member, question, decision.at);
    if (then.effect === now.effect && then.reason === now.reason) continue;
    changed.push({
      decisionId: decision.id,
      at: decision.at,
      zoneId: now.zoneId,
      merchantUserKey,
      before: { effect: then.effect, reason: then.reason },
      after: { effect: now.effect, reason: now.reason },
    });
  }
  return { asked, changed };
}

const NOTHING: Pick<Verdict, 'effect' | 'reason'> = { effect: 'deny', reason: 'no_release' };
