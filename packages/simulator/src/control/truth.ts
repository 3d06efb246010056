import type { Merchant } from '../world/merchant.ts';
import type { MerchantSettings } from '../world/merchant-settings.ts';
import type {
  ConnectCode,
  Device,
  DeviceGroup,
  Person,
  Registration,
  RegistrationEvent,
  Verification,
} from '../world/records.ts';

/** All a merchant's world holds, to compare a mirror or a client's doings with. Histories are oldest first. */
export interface Truth {
  readonly clientId: string;
  readonly nowMs: number;
  readonly settings: Omit<MerchantSettings, 'clientSecret'>;
  readonly tokensIssued: number;
  readonly persons: readonly Person[];
  readonly registrations: readonly Registration[];
  readonly registrationEvents: readonly RegistrationEvent[];
  readonly verifications: readonly Verification[];
  readonly deviceGroups: readonly DeviceGroup[];
  readonly connectCodes: readonly ConnectCode[];
  readonly devices: readonly Device[];
}

export function truthOf(merchant: Merchant, nowMs: number): Truth {
  const { clientSecret: _, ...settings } = merchant.settings;
  return {
    clientId: merchant.clientId,
    nowMs,
    settings,
    tokensIssued: merchant.tokensIssued,
    persons: merchant.persons.values(),
    registrations: merchant.registrations.values(),
    registrationEvents: merchant.registrationEvents.all(),
    verifications: merchant.verifications.all(),
    deviceGroups: merchant.deviceGroups.values(),
    connectCodes: merchant.connectCodes.values(),
    devices: merchant.devices.values(),
  };
}
