/** A parameter of D1 has at most 2 MB, and a letter of ours up to 3 bytes. */
const CHARACTERS_PER_PARAMETER = 500_000;

/** Things in the order they came, as many together as one parameter of a statement takes. */
export function* inParameters<Thing>(
  things: readonly Thing[],
  charactersOf: (thing: Thing) => number,
): Generator<Thing[]> {
  let some: Thing[] = [];
  let characters = 0;
  for (const thing of things) {
    const size = charactersOf(thing);
    if (some.length > 0 && characters + size > CHARACTERS_PER_PARAMETER) {
      yield some;
      some = [];
      characters = 0;
    }
    some.push(thing);
    characters += size;
  }
  if (some.length > 0) yield some;
}
