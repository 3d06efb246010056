import type { EnvelopeScheme, KeyWrap } from '@facepass-kit/crypto';
import { DEFAULT_TIME_ZONE } from '../contract/timestamp.ts';
import { FacePassOptionError } from '../errors.ts';
import type { Runtime } from './runtime.ts';
import type { Changes, ClientSettings } from './settings.ts';
import type { TokenStore } from './token-store.ts';

/** Live and dev share this host; the credentials tell them apart (guide, "Host"). */
export const DEFAULT_BASE_URL = 'https://facepass.toss.im';
/** Where the vendor's other products issue their tokens; the guide refers to a document of its own. */
export const DEFAULT_TOKEN_URL = 'https://oauth2.cert.toss.im/token';
/** An hour: a rotated key is noticed within it, and at once when FacePass says that it cannot decrypt. */
export const DEFAULT_PUBLIC_KEY_MAX_AGE_SECONDS = 3600;

export interface FacePassClientOptions extends Changes<ClientSettings>, Changes<Runtime> {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default `https://facepass.toss.im`. */
  readonly baseUrl?: string | undefined;
  /** Default `https://oauth2.cert.toss.im/token`. */
  readonly tokenUrl?: string | undefined;
  /** OAuth scope; sent only when given. */
  readonly scope?: string | undefined;
  /** IANA zone of the vendor's wall-clock times. Default Asia/Seoul. */
  readonly timeZone?: string | undefined;
  /** How fields are sealed for FacePass. `encryption.probe()` finds out which one it accepts. */
  readonly scheme?: EnvelopeScheme | undefined;
  /** Paddings that WebCrypto lacks, from subpaths of @facepass-kit/crypto. */
  readonly keyWraps?: readonly KeyWrap[] | undefined;
  /** Codes by which FacePass says that it could not decrypt, beside those whose name says so. */
  readonly decryptionErrorCodes?: readonly string[] | undefined;
  /** How long FacePass's public key is kept, in seconds. Default one hour. */
  readonly publicKeyMaxAgeSeconds?: number | undefined;
  /** Where access tokens outlive this client. Default: its own memory. */
  readonly tokenStore?: TokenStore | undefined;
  /**
   * Whether calls may wait for another call's token refresh. Default: yes, except on Workers, where a promise
   * belongs to the request that made it.
   */
  readonly shareTokenRefresh?: boolean | undefined;
  /** Most requests to FacePass in any second, retries included; 0.5 is one in two seconds. Default: no limit. */
  readonly maxRequestsPerSecond?: number | undefined;
}

/** Refuses what cannot work before anything is sent. @throws FacePassOptionError */
export function checkOptions(options: FacePassClientOptions): void {
  const { clientId, clientSecret, baseUrl = DEFAULT_BASE_URL, tokenUrl = DEFAULT_TOKEN_URL } = options;
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (typeof value !== 'string' || value === '') throw new FacePassOptionError(name, 'must not be empty');
  }
  for (const [name, value] of Object.entries({ baseUrl, tokenUrl })) checkUrl(name, value);
  checkTimeZone(options.timeZone ?? DEFAULT_TIME_ZONE);
  const { maxRequestsPerSecond, publicKeyMaxAgeSeconds } = options;
  checkPositive({ maxRequestsPerSecond, publicKeyMaxAgeSeconds });
  checkSettings(options);
}

/** Refuses settings that cannot work, of a client or of a call. @throws FacePassOptionError */
export function checkSettings(settings: Changes<ClientSettings>): void {
  const { timeoutMs, deadlineMs, maxResponseBytes, maxRetries } = settings;
  checkPositive({ timeoutMs, deadlineMs, maxResponseBytes });
  if (maxRetries !== undefined && !(Number.isInteger(maxRetries) && maxRetries >= 0)) {
    throw new FacePassOptionError('maxRetries', 'must be a whole number from 0');
  }
  if (settings.headers !== undefined) checkHeaders(settings.headers);
}

function checkPositive(options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !(value > 0)) throw new FacePassOptionError(name, 'must be greater than 0');
  }
}

/** Without the runtime's own text, which repeats the value: it may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  try {
    new Headers(headers);
  } catch {
    throw new FacePassOptionError('headers', 'must have names and values that HTTP allows');
  }
}

function checkUrl(option: string, value: string): void {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new FacePassOptionError(option, 'must be an http(s) URL');
  }
}

/** A name, not an offset, which runtimes take for one too: the same rule as for the sites of access rules. */
function checkTimeZone(timeZone: string): void {
  try {
    if (!/^[A-Za-z]/.test(timeZone)) throw new RangeError('an offset');
    new Intl.DateTimeFormat('en-US', { timeZone });
  } catch {
    throw new FacePassOptionError(
      'timeZone',
      'must be an IANA time zone such as Asia/Seoul, which an offset is not',
    );
  }
}
