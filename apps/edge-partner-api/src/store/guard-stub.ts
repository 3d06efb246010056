import type { Guard } from './guard/guard.ts';
import type { GuardPort } from './guard-port.ts';

/** One guard per partner: publish, suspend and lockdown are one step for all doors. */
const GUARD_NAME = 'partner';

/** The doors are in Korea, and every question crosses to the guard once. */
const LOCATION: DurableObjectLocationHint = 'apac';

/** The guard behind its Durable Object namespace. */
export function createGuardStub(namespace: DurableObjectNamespace<Guard>): GuardPort {
  const stub = () => namespace.getByName(GUARD_NAME, { locationHint: LOCATION });
  return {
    admit: async (question) => await stub().admit(question),
    publish: async (command) => await stub().publish(command),
    head: async () => await stub().head(),
    setSiteMode: async (command) => await stub().setSiteMode(command),
    applyMembers: async (changes) => await stub().applyMembers(changes),
  };
}
