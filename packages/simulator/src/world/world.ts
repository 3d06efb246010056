import type { Clock } from './clock.ts';
import { Collection } from './collection.ts';
import { clientIdOfScope, Merchant, merchantScope } from './merchant.ts';
import { initialSettings, type MerchantSettings, recallSettings } from './merchant-settings.ts';
import type { Random } from './random.ts';
import type { AccessToken } from './records.ts';
import { RequestLog } from './request-log.ts';
import { type StateRow, type StateStore, worldScope } from './state-store.ts';
import type { VendorKeyRecord } from './vendor-keys.ts';

/** What the world is made of besides its memory; all of it can be a test's own. */
export interface WorldParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: StateStore;
  /** How FacePass reaches its partners. */
  readonly fetch: typeof fetch;
  readonly sleep: Sleep;
}

/** Resolves after that time, rejects with the signal's reason once it is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Everything the simulated vendor knows. */
export class World {
  readonly parts: WorldParts;
  readonly keys: Collection<VendorKeyRecord>;
  readonly tokens: Collection<AccessToken>;
  readonly secrets: Collection<string>;
  readonly requests = new RequestLog();
  readonly #merchants = new Map<string, Merchant>();

  constructor(parts: WorldParts) {
    this.parts = parts;
    this.keys = new Collection(parts.store, worldScope, 'key');
    this.tokens = new Collection(parts.store, worldScope, 'token');
    this.secrets = new Collection(parts.store, worldScope, 'secret');
    this.#load();
  }

  nowMs(): number {
    return this.parts.clock.nowMs();
  }

  get merchants(): Merchant[] {
    return [...this.#merchants.values()];
  }

  merchant(clientId: string): Merchant | undefined {
    return this.#merchants.get(clientId);
  }

  /** A merchant with an empty past; one with that id is forgotten first. */
  createMerchant(clientId: string, clientSecret: string): Merchant {
    this.forget(clientId);
    const merchant = new Merchant(this.parts.store, initialSettings(clientId, clientSecret));
    this.#merchants.set(clientId, merchant);
    return merchant;
  }

  /** Makes sure that there is a merchant with that secret, whatever else is remembered of it. */
  ensureMerchant(clientId: string, clientSecret: string): void {
    const known = this.#merchants.get(clientId);
    if (known === undefined) this.createMerchant(clientId, clientSecret);
    else known.changeSecret(clientSecret);
  }

  /** Forgets a merchant: settings, people, records, tokens. */
  forget(clientId: string): void {
    if (!this.#merchants.delete(clientId)) return;
    this.parts.store.clear(merchantScope(clientId));
    for (const token of this.tokens.values()) {
      if (token.clientId === clientId) this.tokens.delete(token.token);
    }
  }

  #load(): void {
    const rows = new Map<string, StateRow[]>();
    for (const row of this.parts.store.load()) {
      if (row.scope === worldScope) this.#restore(row);
      else {
        const ofScope = rows.get(row.scope) ?? [];
        ofScope.push(row);
        rows.set(row.scope, ofScope);
      }
    }
    for (const [scope, ofMerchant] of rows) {
      const clientId = clientIdOfScope(scope);
      const settings = ofMerchant.find(({ kind }) => kind === 'settings')?.value;
      if (clientId === undefined || settings === undefined) continue;
      // The store returns what a merchant's own settings collection gave it, if perhaps an earlier version's.
      const merchant = new Merchant(this.parts.store, recallSettings(settings as MerchantSettings));
      for (const row of ofMerchant) merchant.restore(row);
      this.#merchants.set(clientId, merchant);
    }
  }

  #restore({ kind, key, value }: StateRow): void {
    if (kind === 'key') this.keys.restore(key, value);
    if (kind === 'token') this.tokens.restore(key, value);
    if (kind === 'secret') this.secrets.restore(key, value);
    if (kind === 'clock') this.parts.clock.restore(value);
  }
}
