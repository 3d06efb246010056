import { createFacePassClient, DEFAULT_BASE_URL, DEFAULT_TOKEN_URL } from '@facepass-kit/core';
import { createOpener, defaultScheme, importPrivateKeys, parseScheme } from '@facepass-kit/crypto';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  type MirrorRpc,
} from '@facepass-kit/protocol';
import { type Bindings, NotConfiguredError, readSettings, required, usable } from '../env.ts';
import { createTokenCheck, type TokenCheck } from '../http/token-check.ts';
import { createD1MemberDirectory } from '../store/d1-member-directory.ts';
import { createQueueDecisionLog } from '../store/decision-log.ts';
import { createFacePassKey } from '../store/facepass-key.ts';
import type { GuardPort } from '../store/guard-port.ts';
import { createGuardStub } from '../store/guard-stub.ts';
import { createKvMemberProjection } from '../store/member-projection.ts';
import { createD1RegistrationLog, type RegistrationLog } from '../store/registration-log.ts';
import { createKvReleaseStore } from '../store/release-store.ts';
import { type AccessService, createAccessService } from './access-service.ts';
import { kept } from './kept.ts';
import { createMemberService, type MemberService } from './member-service.ts';
import { rememberReferences } from './people.ts';
import { createReleaseService, type ReleaseService } from './release-service.ts';
import { createValidationService, type ValidationService } from './validation-service.ts';

/**
 * What the routes work with. Built once for an environment; whatever needs a secret is built when it is first
 * asked for, and throws `NotConfiguredError` or `BadEnvironmentError` then.
 */
export interface Services {
  readonly partnerToken: TokenCheck;
  readonly adminToken: TokenCheck;
  readonly access: AccessService;
  readonly validation: () => Promise<ValidationService>;
  readonly registrations: () => Promise<RegistrationLog>;
  readonly members: () => Promise<MemberService>;
  readonly releases: ReleaseService;
  readonly guard: GuardPort;
  readonly mirror: MirrorRpc | undefined;
}

function createServices(env: Bindings): Services {
  const settings = readSettings(env);
  const guard = createGuardStub(env.GUARD);

  const index = kept(() =>
    usable('PEPPER', 'expected at least 32 bytes in base64url', () =>
      createBlindIndex(required(settings, 'PEPPER')),
    ),
  );
  const cipher = kept(() =>
    usable('DATA_KEYS', 'expected a JSON array of {kid, k} with 32-byte keys in base64url', () =>
      createDataCipher(required(settings, 'DATA_KEYS')),
    ),
  );
  const people = kept(async () => rememberReferences(createPersonReferences(await index(), await cipher())));
  const directory = kept(async () =>
    createD1MemberDirectory({
      db: env.DB,
      index: await index(),
      cipher: await cipher(),
      people: await people(),
    }),
  );
  const scheme = kept(() =>
    usable('ENVELOPE_SCHEME', 'expected a scheme such as A256GCM/12/none/OAEP-SHA1/raw', () =>
      settings.ENVELOPE_SCHEME === undefined ? defaultScheme : parseScheme(settings.ENVELOPE_SCHEME),
    ),
  );
  const opener = kept(async () =>
    createOpener({
      keys: await usable('ENVELOPE_PRIVATE_JWKS', 'expected a JWKS of 1 to 3 RSA private keys', () =>
        importPrivateKeys(required(settings, 'ENVELOPE_PRIVATE_JWKS')),
      ),
      scheme: await scheme(),
    }),
  );
  const facePass = kept(async () =>
    createFacePassClient({
      clientId: required(settings, 'FACEPASS_CLIENT_ID'),
      clientSecret: required(settings, 'FACEPASS_CLIENT_SECRET'),
      baseUrl: settings.FACEPASS_BASE_URL ?? DEFAULT_BASE_URL,
      tokenUrl: settings.FACEPASS_TOKEN_URL ?? DEFAULT_TOKEN_URL,
      scheme: await scheme(),
    }),
  );
  const facePassKey = createFacePassKey({
    fetchKey: async () => (await (await facePass()).encryption.publicKey()).rsaKey,
  });

  return {
    partnerToken: tokenCheck(settings.PARTNER_TOKENS, 'PARTNER_TOKENS'),
    adminToken: tokenCheck(
      settings.ADMIN_TOKEN === undefined ? undefined : [settings.ADMIN_TOKEN],
      'ADMIN_TOKEN',
    ),
    access: createAccessService({
      projection: createKvMemberProjection(env.RULES),
      guard,
      decisions: createQueueDecisionLog(env.DECISIONS),
      people,
    }),
    validation: kept(async () =>
      createValidationService({
        directory: await directory(),
        opener: await opener(),
        facePassKey,
        scheme: await scheme(),
        answerFields: [],
      }),
    ),
    registrations: kept(async () => createD1RegistrationLog(env.DB, await people())),
    members: kept(async () => createMemberService(await directory(), guard)),
    releases: createReleaseService(
      kept(async () => createKvReleaseStore(env.RULES, await cipher())),
      guard,
    ),
    guard,
    mirror: env.MIRROR,
  };
}

function tokenCheck(tokens: readonly string[] | undefined, variable: string): TokenCheck {
  if (tokens !== undefined) return createTokenCheck(tokens);
  return async () => {
    throw new NotConfiguredError(variable);
  };
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
