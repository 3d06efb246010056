import { FeedMovedError, type FeedStep } from '../member-directory.ts';

/** The statement that fails the whole transaction unless the feed stands where the step begins. */
export function feedStep(db: D1Database, step: FeedStep | undefined): D1PreparedStatement[] {
  if (step === undefined) return [];
  const { feed, from, to, atMs } = step;
  return [
    db
      .prepare(
        `INSERT INTO member_feeds (name, last_sequence, updated_at, follows)
         VALUES (?1, ?3, ?4,
           ?2 IS NULL OR coalesce((SELECT last_sequence FROM member_feeds WHERE name = ?1), 0) = ?2)
         ON CONFLICT (name) DO UPDATE SET last_sequence = excluded.last_sequence, updated_at = excluded.updated_at`,
      )
      .bind(feed, from, to, atMs),
  ];
}

/** @throws FeedMovedError where that statement was what failed */
export function refuseIfMoved(error: unknown): void {
  if (error instanceof Error && error.message.includes('feed_follows')) throw new FeedMovedError();
}
