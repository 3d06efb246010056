/** One answer of ours, as far as matching goes. */
export interface AnsweredQuestion {
  readonly id: string;
  readonly at: number;
  readonly personId: number;
  /** Canonical parameters of the device, as one text. */
  readonly params: string;
  readonly effect: string;
  readonly code: string | null;
}

/** One attempt that FacePass recorded after asking us, or that let somebody in. */
export interface RecordedAttempt {
  readonly id: string;
  readonly at: number;
  readonly personId: number;
  readonly params: string;
  readonly entered: boolean;
  readonly code: string | null;
}

export interface Matching {
  readonly pairs: readonly { readonly question: AnsweredQuestion; readonly attempt: RecordedAttempt }[];
  /** Questions and attempts that belong together in a way that cannot be told. */
  readonly ambiguous: {
    readonly questions: readonly AnsweredQuestion[];
    readonly attempts: readonly RecordedAttempt[];
  };
  readonly questions: readonly AnsweredQuestion[];
  readonly attempts: readonly RecordedAttempt[];
}

/** FacePass records an attempt when it is over: seconds after it asked, a minute where somebody hesitates. */
export const LATEST_AFTER_MS = 60_000;
/** Its clock may run behind ours, and its times have whole seconds. */
const EARLIEST_BEFORE_MS = 5_000;

/**
 * Matches questions with attempts by member, device parameters and time, one to one. Where several of the same
 * member at the same device lie close together they are matched in order if that explains all of them, and are
 * called ambiguous otherwise: a wrong match would accuse a door of something.
 */
export function match(
  questions: readonly AnsweredQuestion[],
  attempts: readonly RecordedAttempt[],
): Matching {
  const pairs: { question: AnsweredQuestion; attempt: RecordedAttempt }[] = [];
  const ambiguous: { questions: AnsweredQuestion[]; attempts: RecordedAttempt[] } = {
    questions: [],
    attempts: [],
  };
  const left: { questions: AnsweredQuestion[]; attempts: RecordedAttempt[] } = {
    questions: [],
    attempts: [],
  };
  for (const cluster of clustersOf(questions, attempts)) {
    if (cluster.questions.length === 0 || cluster.attempts.length === 0) {
      left.questions.push(...cluster.questions);
      left.attempts.push(...cluster.attempts);
      continue;
    }
    const inOrder = pairInOrder(cluster);
    if (inOrder !== null) pairs.push(...inOrder);
    else {
      ambiguous.questions.push(...cluster.questions);
      ambiguous.attempts.push(...cluster.attempts);
    }
  }
  return { pairs, ambiguous, ...left };
}

interface Cluster {
  readonly questions: AnsweredQuestion[];
  readonly attempts: RecordedAttempt[];
}

/** Groups of questions and attempts that are within reach of each other, directly or through others. */
function clustersOf(questions: readonly AnsweredQuestion[], attempts: readonly RecordedAttempt[]): Cluster[] {
  const questionsOf = grouped(questions);
  const attemptsOf = grouped(attempts);
  const keys = new Set([...questionsOf.keys(), ...attemptsOf.keys()]);
  return [...keys].flatMap((key) => clustersOfKey(questionsOf.get(key) ?? [], attemptsOf.get(key) ?? []));
}

/** Of one member at one device, both in order of time: what an attempt reaches is a stretch of questions. */
function clustersOfKey(
  questions: readonly AnsweredQuestion[],
  attempts: readonly RecordedAttempt[],
): Cluster[] {
  const clusters: Cluster[] = [];
  /** Questions before this index are in a cluster. */
  let placed = 0;
  let open: Cluster | null = null;
  for (const attempt of attempts) {
    const from = firstIndex(questions, ({ at }) => at >= attempt.at - LATEST_AFTER_MS);
    const to = firstIndex(questions, ({ at }) => at > attempt.at + EARLIEST_BEFORE_MS);
    if (from === to) {
      clusters.push({ questions: [], attempts: [attempt] });
      continue;
    }
    if (open === null || from >= placed) {
      for (const question of questions.slice(placed, from))
        clusters.push({ questions: [question], attempts: [] });
      open = { questions: questions.slice(from, to), attempts: [attempt] };
      clusters.push(open);
    } else {
      open.questions.push(...questions.slice(placed, to));
      open.attempts.push(attempt);
    }
    placed = Math.max(placed, to);
  }
  for (const question of questions.slice(placed)) clusters.push({ questions: [question], attempts: [] });
  return clusters;
}

function grouped<Event extends AnsweredQuestion | RecordedAttempt>(
  events: readonly Event[],
): Map<string, Event[]> {
  const groups = new Map<string, Event[]>();
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    const key = `${event.personId}\n${event.params}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups;
}

function firstIndex<Event>(events: readonly Event[], passes: (event: Event) => boolean): number {
  const index = events.findIndex(passes);
  return index === -1 ? events.length : index;
}

/** Pairs a cluster in order of time, or null when that leaves doubt. */
function pairInOrder({ questions, attempts }: Cluster): Matching['pairs'] | null {
  if (questions.length !== attempts.length) return null;
  const pairs = questions.flatMap((question, index) => {
    const attempt = attempts[index];
    return attempt === undefined ? [] : [{ question, attempt }];
  });
  const single = pairs.length === 1;
  const plausible = pairs.every(
    ({ question, attempt }) =>
      attempt.at - question.at <= LATEST_AFTER_MS &&
      question.at - attempt.at <= EARLIEST_BEFORE_MS &&
      (single || agrees(question, attempt)),
  );
  return plausible ? pairs : null;
}

/** Whether FacePass recorded what we answered. */
export function agrees(question: AnsweredQuestion, attempt: RecordedAttempt): boolean {
  return (question.effect === 'permit') === attempt.entered && sameCode(question.code, attempt.code);
}

/** No code and an empty one are the same to FacePass. */
export function sameCode(ours: string | null, theirs: string | null): boolean {
  return (ours ?? '') === (theirs ?? '');
}
