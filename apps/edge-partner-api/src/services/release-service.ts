import {
  AccessError,
  type CompiledRelease,
  canonicalJson,
  compile,
  describeIssue,
  type Release,
  releaseHash,
} from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';
import type { PersonReferences, ReleaseDiff, ReleaseHead, ReleasePreview } from '@facepass-kit/protocol';
import { Refusal } from '../http/refusal.ts';
import type { GuardPort, LostDeny, PublishCommand } from '../store/guard-port.ts';
import type { ReleaseStore } from '../store/release-store.ts';
import { diffReleases } from './release-diff.ts';
import { previewChanges } from './release-preview.ts';
import { refuseFailingTests, testResults } from './release-tests.ts';

interface Publication {
  readonly publishedBy: string;
  readonly reason: string;
  readonly expectedHead?: string | null | undefined;
}

export interface ReleaseService {
  /**
   * Stores the rules under their hash and puts them in force for the next question. `failingTests` counts the
   * tests of the release that failed and were overridden.
   * @throws Refusal 422 `INVALID_RELEASE` with every place that is wrong, `RULE_TESTS_FAILED` with every test that
   *   fails; 409 `HEAD_MOVED`, `SITE_NOT_NORMAL`, `DENY_ENTRY_LOST`
   */
  publish(
    release: Release,
    publication: Publication & { readonly despiteFailingTests?: string | undefined },
  ): Promise<{ readonly head: ReleaseHead; readonly failingTests: number }>;
  /**
   * Puts rules in force that were published before.
   * @throws Refusal 404 `UNKNOWN_RELEASE`; 503 `RELEASE_UNREAD` where KV does not show them yet; 409 as for
   *   `publish`
   */
  republish(hash: string, publication: Publication): Promise<ReleaseHead>;
  head(): Promise<ReleaseHead | null>;
  list(limit: number): Promise<ReleaseHead[]>;
  get(hash: string): Promise<Release>;
  diff(from: string, to: string): Promise<ReleaseDiff>;
  /** What publishing a draft would change for the last questions, and how its tests end. @throws Refusal 422 `INVALID_RELEASE` */
  preview(draft: Release, questions: number): Promise<ReleasePreview>;
}

export interface ReleaseServiceOptions {
  readonly store: ReleaseStore;
  readonly guard: GuardPort;
  readonly people: PersonReferences;
}

export function createReleaseService({ store, guard, people }: ReleaseServiceOptions): ReleaseService {
  const get = async (hash: string): Promise<Release> => {
    return parseRelease(JSON.parse(await bodyOf(hash)));
  };

  /** KV may be down, and shows elsewhere only after a minute what was published: rolling back must not wait for it. */
  const bodyOf = async (hash: string): Promise<string> => {
    const [stored] = await Promise.allSettled([store.get(hash)]);
    if (stored.status === 'fulfilled' && stored.value !== null) return stored.value;
    const published = await guard.release(hash);
    if (published === null) {
      throw new Refusal(404, 'UNKNOWN_RELEASE', 'No release with this hash was published.');
    }
    if (published.body !== null) return published.body;
    if (stored.status === 'rejected') throw stored.reason;
    throw new Refusal(
      503,
      'RELEASE_UNREAD',
      'It was published, and KV does not show it here yet: try again within a minute.',
    );
  };

  const publishBody = async (command: PublishCommand): Promise<ReleaseHead> => {
    const outcome = await guard.publish(command);
    if (outcome.published) return outcome.head;
    if (outcome.shutSites !== undefined) throw shut(outcome.shutSites);
    if (outcome.lostDenies !== undefined) throw lost(outcome.lostDenies);
    throw new Refusal(
      409,
      'HEAD_MOVED',
      `Another release is in force than expected (${outcome.head?.hash ?? 'none'}): look at it, and publish again.`,
    );
  };

  return {
    get,
    head: () => guard.head(),
    list: (limit) => guard.releases(limit),

    async publish(release, { publishedBy, reason, expectedHead, despiteFailingTests }) {
      const failingTests = refuseFailingTests(checked(release), despiteFailingTests);
      const hash = await releaseHash(release);
      const body = canonicalJson(release);
      await store.put(hash, body);
      return { head: await publishBody({ hash, body, publishedBy, reason, expectedHead }), failingTests };
    },

    async republish(hash, { publishedBy, reason, expectedHead }) {
      const release = await get(hash);
      checked(release);
      return await publishBody({ hash, body: canonicalJson(release), publishedBy, reason, expectedHead });
    },

    async diff(from, to) {
      const [before, after] = await Promise.all([get(from), get(to)]);
      return { from, to, changes: diffReleases(before, after) };
    },

    async preview(draft, questions) {
      const compiled = checked(draft);
      const head = await guard.head();
      const [hash, before, decisions] = await Promise.all([
        releaseHash(draft),
        head === null ? null : get(head.hash).then(compile),
        guard.lastDecisions(questions),
      ]);
      return {
        hash,
        against: head?.hash ?? null,
        tests: testResults(compiled),
        ...(await previewChanges(before, compiled, decisions, people)),
      };
    },
  };
}

function shut(siteIds: readonly string[]): Refusal {
  return new Refusal(
    409,
    'SITE_NOT_NORMAL',
    'These rules lack a site that is locked down or evacuated, or give its doors to another: bring it back to normal first, or keep the site and its doors.',
    siteIds.map((siteId) => ({ path: 'release.sites', message: `expected site "${siteId}" with its doors` })),
  );
}

function lost(denies: readonly LostDeny[]): Refusal {
  return new Refusal(
    409,
    'DENY_ENTRY_LOST',
    'These rules lack zones or groups that deny entries name, and would let in under another name whom they keep out: withdraw the entries, have them name all zones until the new rules are in force, or keep the names.',
    denies.flatMap(({ id, names }) =>
      names.map((name) => ({ path: 'release', message: `expected "${name}", which deny entry ${id} names` })),
    ),
  );
}

function checked(release: Release): CompiledRelease {
  try {
    return compile(release);
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
