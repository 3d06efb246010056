import { defaultScheme, type EnvelopeScheme } from '@facepass-kit/crypto';
import { DEFAULT_TIME_ZONE } from '../contract/timestamp.ts';
import { FacePassOptionError } from '../errors.ts';
import { unknownTraits } from '../walk/list-traits.ts';
import type { ClientCore } from './client-core.ts';
import { createPeerKeyCache } from './peer-key-cache.ts';
import { createDeviceGroups, type DeviceGroups } from './resources/device-groups.ts';
import { createDevices, type Devices } from './resources/devices.ts';
import { createEncryption, type Encryption } from './resources/encryption.ts';
import { createRegistrations, type Registrations } from './resources/registrations.ts';
import { createSdkTokens, type SdkTokens } from './resources/sdk-tokens.ts';
import { createVerifications, type Verifications } from './resources/verifications.ts';
import { platformRuntime, type Runtime } from './runtime.ts';
import { type CallSettings, defaultCallSettings } from './settings.ts';
import { createTokenManager } from './token-manager.ts';
import { createMemoryTokenStore, type TokenStore } from './token-store.ts';
import { createTransport } from './transport.ts';

/** Live and dev share this host; the credentials tell them apart (guide, "Host"). */
export const DEFAULT_BASE_URL = 'https://facepass.toss.im';
/** Where the vendor's other products issue their tokens; the guide refers to a document of its own. */
export const DEFAULT_TOKEN_URL = 'https://oauth2.cert.toss.im/token';

export interface FacePassClientOptions extends Partial<CallSettings>, Partial<Runtime> {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl?: string | undefined;
  readonly tokenUrl?: string | undefined;
  /** OAuth scope; sent only when given. */
  readonly scope?: string | undefined;
  /** IANA zone of the vendor's wall-clock times. Default Asia/Seoul. */
  readonly timeZone?: string | undefined;
  /** How fields are sealed for FacePass. */
  readonly scheme?: EnvelopeScheme | undefined;
  /** Where access tokens outlive this client. Default: its own memory. */
  readonly tokenStore?: TokenStore | undefined;
  /** Whether calls may wait for another call's token refresh. Default: yes, except on Workers. */
  readonly shareTokenRefresh?: boolean | undefined;
  /** How long FacePass's public key is kept, in seconds. Default one hour. */
  readonly publicKeyMaxAgeSeconds?: number | undefined;
}

/** The fifteen endpoints, grouped. */
export interface FacePassClient {
  readonly registrations: Registrations;
  readonly verifications: Verifications;
  readonly devices: Devices;
  readonly deviceGroups: DeviceGroups;
  readonly sdkTokens: SdkTokens;
  readonly encryption: Encryption;
}

/** An hour: a rotated key is noticed within it, and at once when FacePass says that it cannot decrypt. */
const PUBLIC_KEY_MAX_AGE_SECONDS = 3600;

/**
 * A client of the FacePass partner API. It has no connection of its own and nothing to close.
 *
 * @throws FacePassOptionError for an option that cannot work.
 * @example
 * const client = createFacePassClient({ clientId, clientSecret });
 * const { registered } = await client.registrations.status('000001');
 */
export function createFacePassClient(options: FacePassClientOptions): FacePassClient {
  const { clientId, clientSecret, baseUrl = DEFAULT_BASE_URL, tokenUrl = DEFAULT_TOKEN_URL } = options;
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (typeof value !== 'string' || value === '') throw new FacePassOptionError(name, 'must not be empty');
  }
  for (const [name, value] of Object.entries({ baseUrl, tokenUrl })) checkUrl(name, value);
  const timeZone = options.timeZone ?? DEFAULT_TIME_ZONE;
  checkTimeZone(timeZone);

  const runtime: Runtime = {
    fetch: options.fetch ?? platformRuntime.fetch,
    now: options.now ?? platformRuntime.now,
    sleep: options.sleep ?? platformRuntime.sleep,
    startTimer: options.startTimer ?? platformRuntime.startTimer,
    random: options.random ?? platformRuntime.random,
  };
  const tokens = createTokenManager({
    runtime,
    credentials: { tokenUrl, clientId, clientSecret, scope: options.scope },
    store: options.tokenStore ?? createMemoryTokenStore(),
    shareRefresh: options.shareTokenRefresh ?? !runsOnWorkers(),
  });
  const settings: CallSettings = {
    timeoutMs: options.timeoutMs ?? defaultCallSettings.timeoutMs,
    deadlineMs: options.deadlineMs ?? defaultCallSettings.deadlineMs,
    maxRetries: options.maxRetries ?? defaultCallSettings.maxRetries,
    repeatWrites: options.repeatWrites ?? defaultCallSettings.repeatWrites,
    retryableErrorCodes: options.retryableErrorCodes ?? defaultCallSettings.retryableErrorCodes,
    maxResponseBytes: options.maxResponseBytes ?? defaultCallSettings.maxResponseBytes,
    headers: options.headers ?? defaultCallSettings.headers,
  };
  const transport = createTransport({ runtime, baseUrl, tokens, settings });
  const maxAgeSeconds = options.publicKeyMaxAgeSeconds ?? PUBLIC_KEY_MAX_AGE_SECONDS;
  const core: ClientCore = {
    transport,
    peerKey: createPeerKeyCache(transport, runtime, maxAgeSeconds),
    scheme: options.scheme ?? defaultScheme,
    timeZone,
    memories: {
      registrations: { traits: unknownTraits },
      verifications: { traits: unknownTraits },
      deviceGroups: { traits: unknownTraits },
    },
  };
  return {
    registrations: createRegistrations(core),
    verifications: createVerifications(core),
    devices: createDevices(core),
    deviceGroups: createDeviceGroups(core),
    sdkTokens: createSdkTokens(core),
    encryption: createEncryption(core),
  };
}

function checkUrl(option: string, value: string): void {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new FacePassOptionError(option, 'must be an http(s) URL');
  }
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
  } catch {
    throw new FacePassOptionError('timeZone', 'must be an IANA time zone such as Asia/Seoul');
  }
}

function runsOnWorkers(): boolean {
  // Read through Reflect: not every runtime's types have a navigator.
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  if (typeof navigator !== 'object' || navigator === null) return false;
  return Reflect.get(navigator, 'userAgent') === 'Cloudflare-Workers';
}
