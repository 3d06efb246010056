import { clientCore, type Foundation, layFoundation } from './foundation.ts';
import type { Middleware } from './middleware.ts';
import { checkSettings, type FacePassClientOptions } from './options.ts';
import { createRequest, type RequestAnything } from './request.ts';
import { createDeviceGroups, type DeviceGroups } from './resources/device-groups.ts';
import { createDevices, type Devices } from './resources/devices.ts';
import { createEncryption, type Encryption } from './resources/encryption.ts';
import { createRegistrations, type Registrations } from './resources/registrations.ts';
import { createSdkTokens, type SdkTokens } from './resources/sdk-tokens.ts';
import { createVerifications, type Verifications } from './resources/verifications.ts';
import { type Changes, type ClientSettings, mergeSettings } from './settings.ts';

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
  const { foundation, settings } = layFoundation(options);
  return clientWith(foundation, settings);
}

function clientWith(foundation: Foundation, settings: ClientSettings): FacePassClient {
  const core = clientCore(foundation, settings);
  return {
    registrations: createRegistrations(core),
    verifications: createVerifications(core),
    devices: createDevices(core),
    deviceGroups: createDeviceGroups(core),
    sdkTokens: createSdkTokens(core),
    encryption: createEncryption(core),
    request: createRequest(core.transport),
    withOptions(changes) {
      checkSettings(changes);
      return clientWith(foundation, mergeSettings(settings, changes));
    },
    use: (...middleware) =>
      clientWith(foundation, { ...settings, middleware: [...settings.middleware, ...middleware] }),
  };
}
