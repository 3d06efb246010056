import { FaultPicker } from '../faults/fault-picker.ts';
import { Collection } from './collection.ts';
import { changeSettings, type MerchantSettings, type SettingsChange } from './merchant-settings.ts';
import type { Personality } from './personality.ts';
import type {
  ConnectCode,
  Device,
  DeviceGroup,
  Person,
  Preparation,
  Registration,
  RegistrationEvent,
  Verification,
} from './records.ts';
import type { StateRow, StateStore } from './state-store.ts';
import { Timeline } from './timeline.ts';
import type { VendorKeyRecord } from './vendor-keys.ts';

/** One partner as FacePass knows it. Merchants share nothing but the clock. */
export class Merchant {
  readonly persons: Collection<Person>;
  readonly preparations: Collection<Preparation>;
  /** By merchantUserKey: one face per key. */
  readonly registrations: Collection<Registration>;
  readonly registrationEvents: Timeline<RegistrationEvent>;
  readonly verifications: Timeline<Verification>;
  readonly deviceGroups: Collection<DeviceGroup>;
  readonly connectCodes: Collection<ConnectCode>;
  readonly devices: Collection<Device>;
  /** Keys of this merchant's own, newest last; while it has none it uses the world's. */
  readonly keys: Collection<VendorKeyRecord>;
  readonly #settings: Collection<MerchantSettings>;
  readonly #counters: Collection<number>;
  faultPicker: FaultPicker;
  #waiting: { readonly revision: number; readonly inOrder: readonly DueRegistration[] } = {
    revision: -1,
    inOrder: [],
  };
  /** How many access tokens were asked for: a client that reuses its token asks rarely. */
  tokensIssued = 0;

  constructor(store: StateStore, settings: MerchantSettings) {
    const scope = merchantScope(settings.clientId);
    this.persons = new Collection(store, scope, 'person');
    this.preparations = new Collection(store, scope, 'preparation');
    this.registrations = new Collection(store, scope, 'registration');
    this.registrationEvents = new Timeline(store, scope, 'registration-event');
    this.verifications = new Timeline(store, scope, 'verification');
    this.deviceGroups = new Collection(store, scope, 'device-group');
    this.connectCodes = new Collection(store, scope, 'connect-code');
    this.devices = new Collection(store, scope, 'device');
    this.keys = new Collection(store, scope, 'key');
    this.#settings = new Collection(store, scope, 'settings');
    this.#counters = new Collection(store, scope, 'counter');
    this.#settings.set('settings', settings);
    this.faultPicker = new FaultPicker(settings.faults);
  }

  get settings(): MerchantSettings {
    const settings = this.#settings.get('settings');
    if (settings === undefined) throw new Error('A merchant always has settings.');
    return settings;
  }

  get clientId(): string {
    return this.settings.clientId;
  }

  get personality(): Personality {
    return this.settings.personality;
  }

  configure(change: SettingsChange): void {
    this.#settings.set('settings', changeSettings(this.settings, change));
    if (change.faults !== undefined) this.faultPicker = new FaultPicker(this.settings.faults);
  }

  changeSecret(clientSecret: string): void {
    if (clientSecret !== this.settings.clientSecret) {
      this.#settings.set('settings', { ...this.settings, clientSecret });
    }
  }

  /** Counts up from 1; a number is never given out twice, restarts included. */
  next(counter: 'registration-event' | 'verification' | 'device' | 'late-record'): number {
    return this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + 1);
  }

  /** Registrations whose audit is to be settled by now, the earliest first. */
  dueAudits(nowMs: number): DueRegistration[] {
    // Every request asks; only a change of the registrations makes it worth looking through them again.
    if (this.#waiting.revision !== this.registrations.revision) {
      const waiting = this.registrations.values().filter(hasDueTime);
      waiting.sort((a, b) => a.auditDueAtMs - b.auditDueAtMs);
      this.#waiting = { revision: this.registrations.revision, inOrder: waiting };
    }
    return this.#waiting.inOrder.filter(({ auditDueAtMs }) => auditDueAtMs <= nowMs);
  }

  /** Takes back one remembered row; the settings came with the constructor. */
  restore({ kind, key, value }: StateRow): void {
    const holders: Record<string, { restore(key: string, value: unknown): void }> = {
      person: this.persons,
      preparation: this.preparations,
      registration: this.registrations,
      'registration-event': this.registrationEvents,
      verification: this.verifications,
      'device-group': this.deviceGroups,
      'connect-code': this.connectCodes,
      device: this.devices,
      key: this.keys,
      counter: this.#counters,
    };
    holders[kind]?.restore(key, value);
  }
}

type DueRegistration = Registration & { readonly auditDueAtMs: number };

function hasDueTime(registration: Registration): registration is DueRegistration {
  return registration.auditDueAtMs !== null;
}

const scopePrefix = 'merchant:';

export function merchantScope(clientId: string): string {
  return `${scopePrefix}${clientId}`;
}

/** The client id a scope stands for; undefined for the world's own scope. */
export function clientIdOfScope(scope: string): string | undefined {
  return scope.startsWith(scopePrefix) ? scope.slice(scopePrefix.length) : undefined;
}
