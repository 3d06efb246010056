import { decisionMessage } from '@facepass-kit/protocol';
import * as z from 'zod';
import type { Guard } from './guard/guard.ts';
import type { GuardPort } from './guard-port.ts';

/** One guard per partner: publish, suspend and lockdown are one step for all doors. */
const GUARD_NAME = 'partner';

/** The doors are in Korea, and every question crosses to the guard once. */
const LOCATION: DurableObjectLocationHint = 'apac';

const decisionMessages = z.array(decisionMessage);

/** The guard behind its Durable Object namespace. */
export function createGuardStub(namespace: DurableObjectNamespace<Guard>): GuardPort {
  const stub = () => namespace.getByName(GUARD_NAME, { locationHint: LOCATION });
  return {
    admit: async (question, deadlineMs) => await stub().admit(question, deadlineMs),
    explain: async (question) => await stub().explain(question),
    publish: async (command) => await stub().publish(command),
    head: async () => await stub().head(),
    release: async (hash) => await stub().release(hash),
    applyMembers: async (changes) => await stub().applyMembers(changes),
    unusedPermitsCursor: async () => await stub().unusedPermitsCursor(),
    takeBack: async (permits, cursor) => await stub().takeBack(permits, cursor),
    arrivalsDue: async () => await stub().arrivalsDue(),
    resend: async (range, missing) => await stub().resend(range, missing),
    rename: async (renamings) => await stub().rename(renamings),
    peopleDecidedAbout: async (place) => await stub().peopleDecidedAbout(place),
    renew: async (forgetFormerNames) => await stub().renew(forgetFormerNames),
    sites: async () => await stub().sites(),
    setSiteMode: async (command) => await stub().setSiteMode(command),
    denies: async () => await stub().denies(),
    deny: async (deny) => await stub().deny(deny),
    withdrawDeny: async (id) => await stub().withdrawDeny(id),
    passes: async () => await stub().passes(),
    issuePass: async (pass) => await stub().issuePass(pass),
    revokePass: async (id) => await stub().revokePass(id),
    area: async (areaId) => await stub().area(areaId),
    resetArea: async (areaId, person) => await stub().resetArea(areaId, person),
    lastDecisions: async (limit) => decisionMessages.parse(JSON.parse(await stub().lastDecisions(limit))),
    forgetPerson: async (person) => await stub().forgetPerson(person),
    releases: async (limit) => await stub().releases(limit),
  };
}
