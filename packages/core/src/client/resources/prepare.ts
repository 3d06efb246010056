import { endpoints } from '../../contract/endpoints.ts';
import { prepareRequest, prepareSuccess } from '../../contract/registrations.ts';
import { startCall } from '../call.ts';
import { checkRequest } from '../check-request.ts';
import type { ClientCore } from '../client-core.ts';
import { type PrepareFields, prepareFields } from '../prepare-fields.ts';
import { sendSealed } from '../sealed-call.ts';
import type { Registrations } from './registrations.ts';

/** #2. */
export function createPrepare(core: ClientCore): Registrations['prepare'] {
  return (person, options) =>
    startCall(async () => {
      const endpoint = endpoints.prepare;
      const { merchantUserKey, ...plain } = checkRequest(endpoint, prepareFields, person);
      return sendSealed(core, wireFields(plain), options, (sealed, part) => {
        const body = checkRequest(endpoint, prepareRequest, { merchantUserKey, ...sealed });
        return core.transport.send({ endpoint, body, success: prepareSuccess }, part);
      });
    });
}

/** The fields that are sealed, under their names on the wire; those not given are left out. */
function wireFields(person: Omit<PrepareFields, 'merchantUserKey'>): Record<string, string> {
  return {
    encryptedName: person.name,
    // CI takes precedence at FacePass: a birth date beside it would be one more secret for nothing.
    ...(person.ci !== undefined
      ? { encryptedCI: person.ci }
      : person.birthDate !== undefined && { encryptedBirthDate: person.birthDate }),
    ...(person.phoneNumber !== undefined && { encryptedPhoneNumber: person.phoneNumber }),
    ...(person.email !== undefined && { encryptedEmail: person.email }),
  };
}
