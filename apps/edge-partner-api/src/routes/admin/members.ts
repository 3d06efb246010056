import { type UpsertMembersAnswer, upsertMembersRequest } from '@facepass-kit/protocol';
import { factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';
import { Refusal } from '../../http/refusal.ts';

/** `PUT /admin/v1/members`: writes up to 500 members; they count at the doors when this answers. */
export const upsertMembersRoute = factory.createHandlers(read('json', upsertMembersRequest), async (c) => {
  const { members } = c.req.valid('json');
  refuseTwice(members.map(({ merchantUserKey }) => merchantUserKey));
  const versions = await (await c.get('services').members()).upsert(members, Date.now());
  const answer: UpsertMembersAnswer = {
    members: members.map(({ merchantUserKey }, position) => ({
      merchantUserKey,
      version: versions[position]?.version ?? 0,
    })),
  };
  return c.json(answer);
});

/** Which of two entries for one member should hold cannot be known. */
function refuseTwice(keys: readonly string[]): void {
  const errors = keys.flatMap((key, position) =>
    keys.indexOf(key) === position
      ? []
      : [{ path: `members.${position}.merchantUserKey`, message: 'is in this request already' }],
  );
  if (errors.length > 0)
    throw new Refusal(400, 'INVALID_REQUEST', 'A member is in the request twice.', errors);
}
