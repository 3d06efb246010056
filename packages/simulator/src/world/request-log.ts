/** What the vendor noted about one request it got. Never a body: truth about records is in the dump. */
export interface RequestNote {
  readonly number: number;
  /** The `x-request-id` of the answer. */
  readonly requestId: string;
  readonly atMs: number;
  readonly clientId: string | null;
  /** The endpoint's name, e.g. `face-verify-history`; null where no endpoint has that path. */
  readonly endpoint: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The errorCode answered, if any. */
  readonly errorCode: string | null;
  /** Whether the vendor did what was asked; a fault may still have lost the answer. */
  readonly applied: boolean;
  /** The fault that was played, if any. */
  readonly fault: string | null;
  /** What a write was about: a merchantUserKey, a group's id or name. Tells a repeated write from another. */
  readonly subject: string | null;
  /** Things the guide does not forbid but a careful client would not do. */
  readonly remarks: readonly string[];
}

/** Old notes go first: a simulator left running must not grow without end. */
const keptNotes = 10_000;

/** The vendor's own view of who called what, newest last. In memory only. */
export class RequestLog {
  #notes: RequestNote[] = [];
  #count = 0;

  add(note: Omit<RequestNote, 'number'>): void {
    this.#count += 1;
    this.#notes.push({ ...note, number: this.#count });
    if (this.#notes.length > 2 * keptNotes) this.#notes = this.#notes.slice(-keptNotes);
  }

  notes(clientId?: string): readonly RequestNote[] {
    const kept = this.#notes.slice(-keptNotes);
    return clientId === undefined ? kept : kept.filter((note) => note.clientId === clientId);
  }

  clear(clientId?: string): void {
    this.#notes = clientId === undefined ? [] : this.#notes.filter((note) => note.clientId !== clientId);
  }
}
