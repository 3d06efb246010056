import type { LocalSecrets } from '../lib/local-secrets.ts';
import type { Handles } from '../lib/seed.ts';
import type { Stack } from '../lib/stack.ts';

export interface StoryContext {
  readonly stack: Stack;
  readonly secrets: LocalSecrets;
  readonly handles: Handles;
}

/** What happened at a door, to be found again in the mirror. */
export interface Attempt {
  readonly verificationId: string;
  readonly merchantUserKey: string;
  readonly reason: string;
  readonly opened: boolean;
}
