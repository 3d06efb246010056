import { beginWalk, type ListTraits, unknownTraits, type WalkState } from '@facepass-kit/core';
import { z } from 'zod';
import type { Slice } from '../store/slice-store.ts';

const counts = z.object({ true: z.number(), false: z.number() });

// What else the walk has learnt is its own business, and kept.
const listTraits = z.looseObject({
  cursorForm: z.enum(['unknown', 'opaque', 'last-id', 'unreliable']),
  hasMoreSeen: z.object({ middle: counts, last: counts }),
  size: z.number().int().positive(),
  growing: z.boolean(),
  longestPage: z.number().int(),
}) satisfies z.ZodType<ListTraits>;

/** What is remembered of a list's server; anything older or unreadable is learnt anew. */
export function readTraits(text: string | null): ListTraits {
  if (text === null) return unknownTraits;
  const parsed = listTraits.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : unknownTraits;
}

/** FacePass said of two pages in the same place, with the same `hasMore` meaning, opposite things. */
export function contradictsItself({ hasMoreSeen: { middle, last } }: ListTraits): boolean {
  return (middle.true > 0 && middle.false > 0) || (last.true > 0 && last.false > 0);
}

const goodState = z.looseObject({
  version: z.literal(1),
  spans: z.array(z.looseObject({})),
  // A walk that gave part of its range up is not gone on from: the slice would pass for read.
  unread: z.array(z.unknown()).length(0),
});

/** Where a slice's walk goes on: from its checkpoint, or from its beginning. */
export function walkStateOf(slice: Slice, traits: ListTraits): WalkState {
  if (slice.walk_state !== null) {
    const stored: unknown = JSON.parse(slice.walk_state);
    // The walk wrote it, as plain JSON, in this version.
    if (goodState.safeParse(stored).success) return stored as WalkState;
  }
  return beginWalk({ fromMs: slice.from_ms, toMs: slice.to_ms }, traits);
}
