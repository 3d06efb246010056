import { defaultScheme } from '@facepass-kit/crypto';
import { DEFAULT_TIME_ZONE } from '../contract/timestamp.ts';
import { unknownTraits } from '../walk/list-traits.ts';
import type { ClientCore } from './client-core.ts';
import { createEmitter, type EventListener } from './events.ts';
import { logEvents } from './logger.ts';
import { createMemoryTokenStore } from './memory-token-store.ts';
import {
  checkOptions,
  DEFAULT_BASE_URL,
  DEFAULT_PUBLIC_KEY_MAX_AGE_SECONDS,
  DEFAULT_TOKEN_URL,
  type FacePassClientOptions,
} from './options.ts';
import { createPeerKeyCache } from './peer-key-cache.ts';
import { createRateLimit, type RateLimit, unlimited } from './rate-limit.ts';
import { platformRuntime, type Runtime, runsOnWorkers } from './runtime.ts';
import { type ClientSettings, defaultSettings, mergeSettings } from './settings.ts';
import { createTokenManager, type TokenManager } from './token-manager.ts';
import { createTransport } from './transport.ts';

/** What a client and those made from it have in common. */
export type Foundation = Omit<ClientCore, 'transport' | 'emit'> & {
  readonly tokens: TokenManager;
  readonly baseUrl: string;
  readonly rateLimit: RateLimit;
};

/** @throws FacePassOptionError for an option that cannot work. */
export function layFoundation(options: FacePassClientOptions): {
  readonly foundation: Foundation;
  readonly settings: ClientSettings;
} {
  checkOptions(options);
  const runtime: Runtime = {
    fetch: options.fetch ?? platformRuntime.fetch,
    now: options.now ?? platformRuntime.now,
    sleep: options.sleep ?? platformRuntime.sleep,
    startTimer: options.startTimer ?? platformRuntime.startTimer,
    random: options.random ?? platformRuntime.random,
  };
  const settings = mergeSettings(defaultSettings, options);
  const emit = emitterOf(settings);
  const { clientId, clientSecret, scope, tokenUrl = DEFAULT_TOKEN_URL, maxRequestsPerSecond } = options;
  const tokens = createTokenManager({
    runtime,
    credentials: { tokenUrl, clientId, clientSecret, scope },
    store: options.tokenStore ?? createMemoryTokenStore(),
    emit,
    shareRefresh: options.shareTokenRefresh ?? !runsOnWorkers(),
    sharedLimit: settings,
    sharedPolicy: settings,
  });
  const maxAgeSeconds = options.publicKeyMaxAgeSeconds ?? DEFAULT_PUBLIC_KEY_MAX_AGE_SECONDS;
  const foundation: Foundation = {
    runtime,
    tokens,
    baseUrl: options.baseUrl ?? DEFAULT_BASE_URL,
    rateLimit: maxRequestsPerSecond === undefined ? unlimited : createRateLimit(maxRequestsPerSecond),
    peerKey: createPeerKeyCache(runtime, emit, maxAgeSeconds),
    scheme: options.scheme ?? defaultScheme,
    sealing: {
      keyWraps: options.keyWraps ?? [],
      decryptionErrorCodes: options.decryptionErrorCodes ?? [],
    },
    timeZone: options.timeZone ?? DEFAULT_TIME_ZONE,
    memories: {
      registrations: { traits: unknownTraits },
      verifications: { traits: unknownTraits },
      deviceGroups: { traits: unknownTraits },
    },
  };
  return { foundation, settings };
}

/** What the resources of one client share. */
export function clientCore(foundation: Foundation, settings: ClientSettings): ClientCore {
  const emit = emitterOf(settings);
  return { ...foundation, transport: createTransport({ ...foundation, settings, emit }), emit };
}

function emitterOf({ onEvent, logger, logLevel }: ClientSettings): EventListener {
  return createEmitter([
    ...(onEvent === undefined ? [] : [onEvent]),
    ...(logger === undefined ? [] : [logEvents(logger, logLevel)]),
  ]);
}
