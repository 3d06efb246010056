/** What a killed process sees of itself: nothing. Tests see that the kill took place. */
export class KilledError extends Error {
  override readonly name = 'KilledError';

  constructor() {
    super('the process is gone');
  }
}

/**
 * A process that dies at its n-th contact with the outside: before the request or transaction takes place, or
 * after it took place and before its answer arrives. From then on nothing it does has any effect.
 */
export interface Mortal {
  /** Contacts so far; two moments of death each. */
  readonly contacts: number;
  readonly isDead: boolean;
  /** Anything else of the outside. */
  contact<T>(act: () => Promise<T>): Promise<T>;
  fetch(request: Request): Promise<Response>;
  readonly database: D1Database;
}

/**
 * @param moment even: dies before contact `moment / 2`; odd: after it, its answer lost. Infinity: never.
 */
export function mortal(
  moment: number,
  outside: { fetch: (request: Request) => Promise<Response>; database: D1Database },
): Mortal {
  let contacts = 0;
  let isDead = false;
  const contact = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead) throw new KilledError();
    const index = contacts++;
    if (moment === index * 2) isDead = true;
    if (isDead) throw new KilledError();
    const answer = await act();
    if (moment === index * 2 + 1) isDead = true;
    // Another contact may have been its death while this one was under way.
    if (isDead) throw new KilledError();
    return answer;
  };
  return {
    get contacts() {
      return contacts;
    },
    get isDead() {
      return isDead;
    },
    contact,
    fetch: (request) => contact(() => outside.fetch(request)),
    database: new Proxy(outside.database, {
      get(target, key) {
        if (key === 'batch') {
          return (statements: D1PreparedStatement[]) => contact(() => target.batch(statements));
        }
        const member: unknown = Reflect.get(target, key);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  };
}
