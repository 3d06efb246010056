import type { GuardView, StateWithoutGuard } from '@facepass-kit/access';

/**
 * What a decision depended on, as it is recorded: without the person's name and anybody else's. The record names the
 * person once, where an erasure finds and cuts it; `doorInputs` of @facepass-kit/protocol names them again.
 *
 * @param name under which the view knows the person
 */
export function unnamedView(view: GuardView, name: string): GuardView {
  const { passes, counters, area } = view;
  const counted = Object.keys(counters);
  const denies = unnamedDenies(view);
  const companions = area?.companions ?? [];
  // As nearly always: nobody is named.
  if (denies === view.denies && passes.length + counted.length + companions.length === 0) return view;
  return {
    ...view,
    denies,
    passes: passes.map((pass) => ({ ...pass, merchantUserKey: '' })),
    // A name stands once in a counter's key, and no other part of it can hold this text.
    counters: Object.fromEntries(counted.map((key) => [key.replace(name, ''), counters[key] ?? 0])),
    area: area && {
      ...area,
      companions: companions.map(({ atMs }, n) => ({ merchantUserKey: `${n}`, atMs })),
    },
  };
}

/** The same of what doors without the guard know. */
export function unnamedState(state: StateWithoutGuard): StateWithoutGuard {
  return { ...state, denies: unnamedDenies(state) };
}

function unnamedDenies({ denies }: StateWithoutGuard): StateWithoutGuard['denies'] {
  if (denies.length === 0) return denies;
  return denies.map((deny) =>
    deny.subject.kind === 'group' ? deny : { ...deny, subject: { ...deny.subject, merchantUserKey: '' } },
  );
}
