import { createSdkTokenClient, DEFAULT_BASE_URL, DEFAULT_TOKEN_URL } from '@facepass-kit/core/client';
import { defaultScheme, importPrivateKeys, parseScheme } from '@facepass-kit/crypto';
import {
  type BlindIndex,
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  type MirrorRpc,
  type PersonReferences,
} from '@facepass-kit/protocol';
import { type Bindings, lacksSite, readSettings, required, type Settings, usable } from '../env.ts';
import { type AdminAuth, createAdminAuth } from '../http/admin-auth.ts';
import { type BrokerAuth, createBrokerAuth } from '../http/broker-auth.ts';
import { createPartnerAuth, type PartnerAuth } from '../http/partner-auth.ts';
import type { Feature } from '../http/route.ts';
import { type AuditTrail, createD1AuditTrail } from '../store/audit-trail.ts';
import { type ChangeHistory, createChangeHistory } from '../store/d1-members/change-history.ts';
import { createD1MemberDirectory } from '../store/d1-members/directory.ts';
import { createErasureLog, type ErasureLog } from '../store/d1-members/erasure-log.ts';
import { createLeavers } from '../store/d1-members/leavers.ts';
import { createMemberRenewal } from '../store/d1-members/renewal.ts';
import { createQueueDecisionLog } from '../store/decision-log.ts';
import { createKvDoorNotices } from '../store/door-notice.ts';
import type { GuardPort } from '../store/guard-port.ts';
import { createGuardStub } from '../store/guard-stub.ts';
import { createD1ImportStore } from '../store/imports/import-store.ts';
import { createD1MemberFeed } from '../store/member-feed.ts';
import { createKvMemberProjection } from '../store/member-projection.ts';
import { createD1RegistrationLog, type RegistrationLog } from '../store/registration-log.ts';
import { createKvReleaseStore } from '../store/release-store.ts';
import { createD1RenewalStore } from '../store/renewal-store.ts';
import { createFacePassKey } from '../store/session/facepass-key.ts';
import { createSessionTokenStore, sessionStub } from '../store/session/token-store.ts';
import { alertRules } from '../telemetry/alert-rules.ts';
import { createWatch, type Watch } from '../telemetry/watch.ts';
import { type AccessService, createAccessService } from './access-service.ts';
import { createAdoptMembers } from './adopt-members.ts';
import { type BrokerService, createBrokerService } from './broker-service.ts';
import { createDelegatedDirectory } from './delegated/delegated-directory.ts';
import { createDeskService, type DeskService } from './desk-service.ts';
import { createEventualDoors } from './eventual-doors.ts';
import { createImportService, type ImportService } from './import/import-service.ts';
import { startJob } from './jobs/directory-jobs.ts';
import { kept, keptFor } from './kept.ts';
import { createLeaverErrand, type LeaverErrand } from './leaver-errand.ts';
import { createMemberFeedService, type MemberFeedService } from './member-feed-service.ts';
import { createMemberReader } from './member-reader.ts';
import { createMemberService, type MemberService } from './member-service.ts';
import { resendMissingDecisions } from './mirror-errands/resend-missing-decisions.ts';
import { takeBackUnusedPermits } from './mirror-errands/take-back-unused-permits.ts';
import type { MirrorErrand } from './mirror-errands.ts';
import { rememberReferences } from './people.ts';
import { checkReadiness, READINESS_MAX_AGE_MS, type Readiness, releaseInForce } from './readiness.ts';
import { createReleaseService, type ReleaseService } from './release-service.ts';
import { createRenewalService, type RenewalService } from './renewal-service.ts';
import { sealForFacePass, sealForRequest } from './validation/answer-envelope.ts';
import { createValidationLimits } from './validation/validation-limits.ts';
import { createValidationService, type ValidationService } from './validation/validation-service.ts';

/**
 * What the routes work with. Built once for an environment; whatever needs a secret is built when it is first
 * asked for, and throws `NotConfiguredError` or `BadEnvironmentError` then.
 */
export interface Services {
  readonly partnerAuth: PartnerAuth;
  readonly adminAuth: AdminAuth;
  readonly brokerAuth: BrokerAuth;
  readonly audit: AuditTrail;
  readonly access: AccessService;
  readonly validation: () => Promise<ValidationService>;
  readonly broker: () => Promise<BrokerService>;
  readonly registrations: () => Promise<RegistrationLog>;
  readonly people: () => Promise<PersonReferences>;
  readonly members: () => Promise<MemberService>;
  readonly memberFeeds: () => Promise<MemberFeedService>;
  readonly erasures: ErasureLog;
  readonly history: ChangeHistory;
  readonly imports: () => Promise<ImportService>;
  readonly renewals: () => Promise<RenewalService>;
  readonly releases: () => Promise<ReleaseService>;
  readonly desk: () => Promise<DeskService>;
  readonly guard: GuardPort;
  readonly mirror: MirrorRpc | undefined;
  /** Tells the mirror who left. */
  readonly leavers: LeaverErrand;
  /** What is told to the mirror and asked of it every minute, in this order. */
  readonly mirrorErrands: readonly MirrorErrand[];
  readonly readiness: () => Promise<Readiness>;
  readonly inForce: () => ReturnType<typeof releaseInForce>;
  /** Null where no alerts are wanted. */
  readonly watch: Watch | null;
  readonly switchedOff: ReadonlySet<Feature>;
  /** Null: in the path alone, if at all; undefined: that must be configured before a question is answered. */
  readonly siteFrom: { readonly kind: 'param' | 'header'; readonly name: string } | null | undefined;
  readonly notFoundStatus: 200 | 404;
}

const DAY_MS = 86_400_000;
/** The mirror takes a key within a minute; this is for one that is down or not deployed yet. */
const DEFAULT_ERASED_KEY_DAYS = 30;

function createServices(env: Bindings): Services {
  const settings = readSettings(env);
  const guard = createGuardStub(env.GUARD);
  const session = sessionStub(env.SESSION);
  const delegated =
    settings.DELEGATED_DIRECTORY === undefined
      ? null
      : createDelegatedDirectory(settings.DELEGATED_DIRECTORY);
  const atDoors = createMemberReader(createKvMemberProjection(env.RULES), delegated);

  const erasedKeyMs = (settings.ERASED_KEY_DAYS ?? DEFAULT_ERASED_KEY_DAYS) * DAY_MS;
  const leavers = createLeaverErrand(createD1MemberFeed(env.DB), erasedKeyMs, () => Date.now());

  const index = kept(() => pepperOf('PEPPER', required(settings, 'PEPPER')));
  const cipher = kept(() =>
    usable('DATA_KEYS', 'expected a JSON array of {kid, k} with 32-byte keys in base64url', () =>
      createDataCipher(required(settings, 'DATA_KEYS')),
    ),
  );
  const earlier = kept(async () => ({
    previous:
      settings.PREVIOUS_PEPPER === undefined
        ? null
        : await pepperOf('PREVIOUS_PEPPER', settings.PREVIOUS_PEPPER),
    retired: await Promise.all(
      (settings.RETIRED_PEPPERS ?? []).map((pepper) => pepperOf('RETIRED_PEPPERS', pepper)),
    ),
  }));
  const people = kept(async () =>
    rememberReferences(createPersonReferences(await index(), await cipher(), await earlier())),
  );
  const sealing = kept(async () => ({
    index: await index(),
    previous: (await earlier()).previous,
    pepperId: (await (await index()).of('pepper', 'id')).slice(0, PEPPER_ID_LENGTH),
    cipher: await cipher(),
    people: await people(),
  }));
  const renewal = kept(async () => createMemberRenewal(env.DB, await sealing()));
  const directory = kept(async () =>
    createD1MemberDirectory(env.DB, await sealing(), {
      keepsErasedKeys: env.MIRROR !== undefined && erasedKeyMs > 0,
    }),
  );
  const scheme = kept(() =>
    usable('ENVELOPE_SCHEME', 'expected a scheme such as A256GCM/12/none/OAEP-SHA1/raw', () =>
      settings.ENVELOPE_SCHEME === undefined ? defaultScheme : parseScheme(settings.ENVELOPE_SCHEME),
    ),
  );
  const openerOptions = async () => ({
    keys: await usable('ENVELOPE_PRIVATE_JWKS', 'expected a JWKS of 1 to 3 RSA private keys', () =>
      importPrivateKeys(required(settings, 'ENVELOPE_PRIVATE_JWKS')),
    ),
    scheme: await scheme(),
  });
  const facePass = kept(async () =>
    createSdkTokenClient({
      clientId: required(settings, 'FACEPASS_CLIENT_ID'),
      clientSecret: required(settings, 'FACEPASS_CLIENT_SECRET'),
      scope: settings.FACEPASS_SCOPE,
      baseUrl: settings.FACEPASS_BASE_URL ?? DEFAULT_BASE_URL,
      tokenUrl: settings.FACEPASS_TOKEN_URL ?? DEFAULT_TOKEN_URL,
      scheme: await scheme(),
      tokenStore: createSessionTokenStore(session),
    }),
  );
  const facePassKey = createFacePassKey({
    shared: {
      read: async () => await session().readPublicKey(),
      write: async ({ spki, fetchedAt }) => await session().writePublicKey(spki, fetchedAt),
    },
    fetchKey: async () => (await (await facePass()).encryption.publicKey()).rsaKey,
  });

  const readiness = keptFor(READINESS_MAX_AGE_MS, () => checkReadiness(env, settings, guard));
  const answerEnvelope = async () => {
    if (settings.VALIDATE_SEAL_FOR !== 'request-key') {
      return sealForFacePass(await openerOptions(), facePassKey, await scheme());
    }
    const options = await openerOptions();
    return await usable('VALIDATE_SEAL_FOR', 'request-key needs a scheme that is not labelled', () =>
      sealForRequest(options),
    );
  };

  const sites = settings.EVENTUAL_SITES;
  const eventual = kept(async () =>
    createEventualDoors({
      siteIds: new Set(sites),
      notices: createKvDoorNotices(env.RULES),
      releases: createKvReleaseStore(env.RULES, await cipher()),
    }),
  );

  const adopt = kept(async () =>
    createAdoptMembers({
      people: await people(),
      previous: (await earlier()).previous,
      renewal: await renewal(),
      guard,
    }),
  );
  const erasures = createErasureLog(env.DB);
  const history = createChangeHistory(env.DB);
  const members = kept(async () =>
    createMemberService(await directory(), guard, erasures, await adopt(), history),
  );

  return {
    partnerAuth: createPartnerAuth(settings),
    adminAuth: createAdminAuth(settings),
    brokerAuth: createBrokerAuth(settings),
    audit: createD1AuditTrail(env.DB),
    access: createAccessService({
      members: atDoors,
      guard,
      decisions: createQueueDecisionLog(env.DECISIONS),
      people,
      eventual: sites === undefined ? null : eventual,
    }),
    validation: kept(async () =>
      createValidationService({
        directory: delegated ?? (await directory()),
        envelope: await answerEnvelope(),
        answerFields: settings.VALIDATE_ANSWER_FIELDS ?? [],
        issueTxId: settings.VALIDATE_ISSUE_TX_ID === 'true',
        limits: createValidationLimits({
          perIdentifier: env.VALIDATE_LIMIT,
          misses: env.VALIDATE_MISS_LIMIT,
        }),
        index: await index(),
      }),
    ),
    broker: kept(async () => createBrokerService(delegated ?? (await directory()), facePass)),
    registrations: kept(async () => createD1RegistrationLog(env.DB, await people())),
    people,
    members,
    memberFeeds: kept(async () =>
      createMemberFeedService(await directory(), await members(), await people()),
    ),
    erasures,
    history,
    imports: kept(async () =>
      createImportService({
        store: createD1ImportStore(env.DB, await cipher()),
        members: await members(),
        leavers: createLeavers(env.DB),
        pepperId: (await sealing()).pepperId,
        start: async (id) => await startJob(env.JOBS, { kind: 'import', id }),
      }),
    ),
    renewals: kept(async () =>
      createRenewalService({
        store: createD1RenewalStore(env.DB),
        members: await renewal(),
        guard,
        people: await people(),
        cipher: await cipher(),
        releases: createKvReleaseStore(env.RULES, await cipher()),
        mirror: env.MIRROR,
        rotating: (await earlier()).previous !== null,
        start: async (id) => await startJob(env.JOBS, { kind: 'renewal', id }),
      }),
    ),
    releases: kept(async () =>
      createReleaseService({
        store: createKvReleaseStore(env.RULES, await cipher()),
        guard,
        people: await people(),
      }),
    ),
    desk: kept(async () =>
      createDeskService({ guard, people: await people(), directory: await directory(), members: atDoors }),
    ),
    guard,
    mirror: env.MIRROR,
    leavers,
    mirrorErrands: [takeBackUnusedPermits(guard), resendMissingDecisions(guard), leavers.errand],
    readiness,
    inForce: keptFor(READINESS_MAX_AGE_MS, () => releaseInForce(guard)),
    watch:
      settings.ALERT_WEBHOOK === undefined
        ? null
        : createWatch({
            db: env.DB,
            webhook: settings.ALERT_WEBHOOK,
            rules: settings.ALERT_RULES ?? alertRules.parse({}),
            missing: async () => (await readiness()).missing,
          }),
    switchedOff: new Set(settings.SWITCHED_OFF),
    siteFrom: siteSource(settings),
    notFoundStatus: settings.VALIDATE_NOT_FOUND_STATUS === '404' ? 404 : 200,
  };
}

/** Enough to tell a handful of peppers apart, and nothing to find one by. */
const PEPPER_ID_LENGTH = 12;

async function pepperOf(variable: keyof Settings, pepper: string): Promise<BlindIndex> {
  return await usable(variable, 'expected at least 32 bytes in base64url', () => createBlindIndex(pepper));
}

/** Checked when the environment was read. */
function siteSource(settings: Settings): Services['siteFrom'] {
  if (lacksSite(settings)) return undefined;
  const { SITE_FROM: text = 'path' } = settings;
  if (text === 'path') return null;
  const colon = text.indexOf(':');
  return { kind: text.startsWith('param:') ? 'param' : 'header', name: text.slice(colon + 1) };
}

const built = new WeakMap<object, Services>();

/** The services of an environment, built by the first request. @throws BadEnvironmentError */
export function servicesOf(env: Bindings): Services {
  const known = built.get(env);
  if (known !== undefined) return known;
  const services = createServices(env);
  built.set(env, services);
  return services;
}
