import {
  AccessError,
  canonicalJson,
  compile,
  describeIssue,
  type Release,
  releaseHash,
} from '@facepass-kit/access';
import type { ReleaseHead } from '@facepass-kit/protocol';
import { Refusal } from '../http/refusal.ts';
import type { GuardPort } from '../store/guard-port.ts';
import type { ReleaseStore } from '../store/release-store.ts';

interface Publication {
  readonly release: Release;
  readonly publishedBy: string;
  readonly reason: string;
  readonly expectedHead?: string | null | undefined;
}

export interface ReleaseService {
  /**
   * Stores the rules under their hash and puts them in force for the next question.
   * @throws Refusal 422 `INVALID_RELEASE` with every place that is wrong; 409 `HEAD_MOVED`
   */
  publish(publication: Publication): Promise<ReleaseHead>;
  head(): Promise<ReleaseHead | null>;
}

export function createReleaseService(store: () => Promise<ReleaseStore>, guard: GuardPort): ReleaseService {
  return {
    head: () => guard.head(),
    async publish({ release, publishedBy, reason, expectedHead }) {
      check(release);
      const hash = await releaseHash(release);
      const body = canonicalJson(release);
      await (await store()).put(hash, body);
      const outcome = await guard.publish({ hash, body, publishedBy, reason, expectedHead });
      if (!outcome.published) {
        throw new Refusal(
          409,
          'HEAD_MOVED',
          `Another release is in force than expected (${outcome.head?.hash ?? 'none'}): look at it, and publish again.`,
        );
      }
      return outcome.head;
    },
  };
}

function check(release: Release): void {
  try {
    compile(release);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    throw new Refusal(
      422,
      'INVALID_RELEASE',
      'The release does not hold together.',
      error.issues.map((issue) => ({
        path: `release.${issue.path.join('.')}`,
        message: describeIssue(issue),
      })),
    );
  }
}
