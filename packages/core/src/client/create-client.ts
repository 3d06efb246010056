import { defaultScheme } from '@facepass-kit/crypto';
import { DEFAULT_TIME_ZONE } from '../contract/timestamp.ts';
import { unknownTraits } from '../walk/list-traits.ts';
import type { ClientCore } from './client-core.ts';
import { createEmitter, type EventListener } from './events.ts';
import { logEvents } from './logger.ts';
import { createMemoryTokenStore } from './memory-token-store.ts';
import type { Middleware } from './middleware.ts';
import {
  checkOptions,
  checkSettings,
  DEFAULT_BASE_URL,
  DEFAULT_PUBLIC_KEY_MAX_AGE_SECONDS,
  DEFAULT_TOKEN_URL,
  type FacePassClientOptions,
} from './options.ts';
import { createPeerKeyCache } from './peer-key-cache.ts';
import { createRateLimit, type RateLimit, unlimited } from './rate-limit.ts';
import { createRequest, type RequestAnything } from './request.ts';
import { createDeviceGroups, type DeviceGroups } from './resources/device-groups.ts';
import { createDevices, type Devices } from './resources/devices.ts';
import { createEncryption, type Encryption } from './resources/encryption.ts';
import { createRegistrations, type Registrations } from './resources/registrations.ts';
import { createSdkTokens, type SdkTokens } from './resources/sdk-tokens.ts';
import { createVerifications, type Verifications } from './resources/verifications.ts';
import { platformRuntime, type Runtime, runsOnWorkers } from './runtime.ts';
import { type Changes, type ClientSettings, defaultSettings, mergeSettings } from './settings.ts';
import { createTokenManager, type TokenManager } from './token-manager.ts';
import { createTransport } from './transport.ts';

/** The fifteen endpoints, grouped, and what goes around them. */
export interface FacePassClient {
  readonly registrations: Registrations;
  readonly verifications: Verifications;
  readonly devices: Devices;
  readonly deviceGroups: DeviceGroups;
  readonly sdkTokens: SdkTokens;
  readonly encryption: Encryption;
  /** Calls an endpoint that has no method here yet. */
  readonly request: RequestAnything;
  /**
   * The same client with other settings: same token, same public key, same rate limit.
   *
   * @example
   * const patient = client.withOptions({ timeoutMs: 30_000, maxRetries: 5 });
   */
  withOptions(changes: Changes<ClientSettings>): FacePassClient;
  /** The same client with more middleware, inside what it already has. */
  use(...middleware: readonly Middleware[]): FacePassClient;
}

/**
 * A client of the FacePass partner API. It has no connection of its own and nothing to close.
 *
 * @throws FacePassOptionError for an option that cannot work.
 * @example
 * const client = createFacePassClient({ clientId, clientSecret });
 * const { registered } = await client.registrations.status('000001');
 */
export function createFacePassClient(options: FacePassClientOptions): FacePassClient {
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
  return clientWith(foundation, settings);
}

/** What a client and those made from it have in common. */
type Foundation = Omit<ClientCore, 'transport' | 'emit'> & {
  readonly tokens: TokenManager;
  readonly baseUrl: string;
  readonly rateLimit: RateLimit;
};

function clientWith(foundation: Foundation, settings: ClientSettings): FacePassClient {
  const emit = emitterOf(settings);
  const transport = createTransport({ ...foundation, settings, emit });
  const core: ClientCore = { ...foundation, transport, emit };
  return {
    registrations: createRegistrations(core),
    verifications: createVerifications(core),
    devices: createDevices(core),
    deviceGroups: createDeviceGroups(core),
    sdkTokens: createSdkTokens(core),
    encryption: createEncryption(core),
    request: createRequest(transport),
    withOptions(changes) {
      checkSettings(changes);
      return clientWith(foundation, mergeSettings(settings, changes));
    },
    use: (...middleware) =>
      clientWith(foundation, { ...settings, middleware: [...settings.middleware, ...middleware] }),
  };
}

function emitterOf({ onEvent, logger, logLevel }: ClientSettings): EventListener {
  return createEmitter([
    ...(onEvent === undefined ? [] : [onEvent]),
    ...(logger === undefined ? [] : [logEvents(logger, logLevel)]),
  ]);
}
