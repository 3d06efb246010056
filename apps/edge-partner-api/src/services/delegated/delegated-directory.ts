import type { Settings } from '../../env.ts';
import type {
  IdentifiedMember,
  MemberDirectory,
  MemberVersion,
  Person,
} from '../../store/member-directory.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import {
  askPartner,
  type PartnerMember,
  type PartnerQuestion,
  PartnerSystemError,
} from './partner-question.ts';

/** Members who live in the partner's own system, which is asked about them one by one. */
export interface DelegatedDirectory extends Pick<MemberDirectory, 'findByKey' | 'findByCi' | 'findByPhone'> {
  /** Whether questions at this site are answered from there. */
  covers(siteId: string | null): boolean;
  /**
   * A member for a question at a door: from memory while it is fresh, else from the partner's system; where that
   * does not answer, from memory as long as the configuration allows.
   * @throws PartnerSystemError
   */
  read(merchantUserKey: string, person: Person): Promise<MemberVersion | null>;
}

export interface DelegatedDirectoryOptions {
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

type Config = NonNullable<Settings['DELEGATED_DIRECTORY']>;

/** Members kept in memory, about a kilobyte each. */
const KEPT = 5_000;
/** Somebody who has just joined must not be unknown for long. */
const NOBODY_MAX_SECONDS = 5;

interface Kept {
  readonly member: PartnerMember | null;
  /** When it was asked for: what changed since is not in it. */
  readonly atMs: number;
}

export function createDelegatedDirectory(
  config: Config,
  options: DelegatedDirectoryOptions = {},
): DelegatedDirectory {
  const { now = () => Date.now() } = options;
  const system = {
    url: config.url,
    secrets: config.secrets,
    timeoutMs: config.timeoutMs,
    // Looked up when it is called: it must not be called as a method of ours.
    fetch: options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => fetch(input, init)),
    now,
  };
  const newBreaker = () =>
    createCircuitBreaker({
      failuresToOpen: config.failuresToOpen,
      openMs: config.openSeconds * 1000,
      now,
    });
  // A storm of validations that the system turns away must not shut doors, nor doors keep people from registering.
  const atDoors = newBreaker();
  const elsewhere = newBreaker();
  const sites = config.sites === undefined ? null : new Set(config.sites);
  const kept = new Map<string, Kept>();

  const ask = async (question: PartnerQuestion, breaker = elsewhere): Promise<PartnerMember[]> => {
    if (!breaker.admits()) throw new PartnerSystemError('circuit_open');
    try {
      const members = await askPartner(system, question);
      breaker.succeeded();
      return members;
    } catch (error) {
      breaker.failed();
      throw error;
    }
  };

  const keep = (merchantUserKey: string, { member, atMs }: Kept): void => {
    // What comes late is older than what was asked after it.
    if ((kept.get(merchantUserKey)?.atMs ?? 0) > atMs) return;
    kept.delete(merchantUserKey);
    const [oldest] = kept.size < KEPT ? [] : kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(merchantUserKey, { member, atMs });
  };

  const byKey = async (merchantUserKey: string): Promise<PartnerMember | null> => {
    const memory = kept.get(merchantUserKey);
    const age = memory === undefined ? Number.POSITIVE_INFINITY : (now() - memory.atMs) / 1000;
    const freshFor =
      memory?.member === null ? Math.min(config.cacheSeconds, NOBODY_MAX_SECONDS) : config.cacheSeconds;
    if (memory !== undefined && age < freshFor) return memory.member;
    const atMs = now();
    try {
      const [member = null] = await ask({ merchantUserKey }, atDoors);
      keep(merchantUserKey, { member, atMs });
      return member;
    } catch (error) {
      if (memory !== undefined && age < config.cacheSeconds + config.staleSeconds) return memory.member;
      throw error;
    }
  };

  return {
    covers: (siteId) => sites === null || (siteId !== null && sites.has(siteId)),
    async read(merchantUserKey, person) {
      const member = await byKey(merchantUserKey);
      if (member === null) return null;
      const { identity: _, merchantUserKey: __, version, ...facts } = member;
      return { person, version, facts };
    },
    async findByKey(merchantUserKey) {
      const [member] = await ask({ merchantUserKey });
      return member === undefined ? null : identified(member);
    },
    async findByCi(ci) {
      const [member, other] = await ask({ ci });
      // A CI is one person's: two who have it are nobody.
      return member === undefined || other !== undefined ? null : identified(member);
    },
    findByPhone: async (phoneNumber) => (await ask({ phoneNumber })).map(identified),
  };
}

function identified({
  merchantUserKey,
  identity = {},
  version: _,
  ...facts
}: PartnerMember): IdentifiedMember {
  return { merchantUserKey, facts, identity };
}
