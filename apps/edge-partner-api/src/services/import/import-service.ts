import type { ImportLineError, importView } from '@facepass-kit/protocol';
import type { z } from 'zod';
import { Refusal } from '../../http/refusal.ts';
import type { Leavers } from '../../store/d1-members/leavers.ts';
import type { ImportOptions, ImportStore, StoredImport } from '../../store/imports/import-store.ts';
import type { MemberService } from '../member-service.ts';
import { checkPiece } from './check-piece.ts';
import { readHeader } from './csv-columns.ts';
import { decodePiece } from './decode-piece.ts';
import { ImportError } from './import-error.ts';
import { readCsv } from './read-csv.ts';
import { createRecordCutter } from './record-cutter.ts';
import { writePiece } from './write-piece.ts';

type View = z.output<typeof importView>;

/** Files of members: received whole, checked whole, and only then written, piece by piece. */
export interface ImportService {
  /**
   * Takes a file in and has it checked.
   * @throws Refusal 400 for a file that cannot be read, saying where; 409 `IMPORT_RUNNING`
   */
  receive(body: ReadableStream<Uint8Array>, options: ImportOptions, by: Origin): Promise<View>;
  /**
   * One step of the work: a piece checked or written, a batch of leavers removed, a state left for the next.
   * May be repeated and interrupted anywhere. False where there is nothing to do any more, or for now.
   */
  advance(id: string): Promise<boolean>;
  get(id: string): Promise<View>;
  list(): Promise<View[]>;
  errors(id: string): Promise<ImportLineError[]>;
  /** Has a previewed or waiting import done. It is checked again first. */
  confirm(id: string, leaving: number): Promise<View>;
  cancel(id: string): Promise<View>;
  /** Drives on an import that has not moved for a while, and clears away what is over. */
  resume(): Promise<void>;
}

interface Origin {
  readonly actor: string;
  readonly reason: string;
}

export interface ImportServiceParts {
  readonly store: ImportStore;
  readonly members: MemberService;
  readonly leavers: Leavers;
  /** Which pepper names people now: an import under another one is checked again. */
  readonly pepperId: string;
  /** Has somebody call `advance` until it returns false. */
  readonly start: (id: string) => Promise<void>;
  readonly now?: () => number;
}

/** As much as Cloudflare lets through on most plans; a hundred thousand members have a third of it. */
const FILE_MAX_BYTES = 100_000_000;
/** Erasing a leaver is several statements. */
const ERASED_AT_ONCE = 50;
/** What nobody confirms within a day rests on a preview of yesterday. */
const CONFIRM_WITHIN_MS = 24 * 60 * 60_000;
/** Longer than the pauses between the first tries of a step. */
const STALLED_AFTER_MS = 10 * 60_000;
const LISTED = 20;

export function createImportService(parts: ImportServiceParts): ImportService {
  const { store, members, leavers, pepperId, start, now = () => Date.now() } = parts;

  const known = async (id: string): Promise<StoredImport> => {
    const found = await store.get(id);
    if (found === null) throw new Refusal(404, 'UNKNOWN_IMPORT', 'There is no such import.');
    return found;
  };
  const get = async (id: string): Promise<View> => (await known(id)).view;

  /** What follows once every line is checked. */
  const decide = async ({ view, options, confirmed }: StoredImport): Promise<boolean> => {
    const { id, invalid, createdAt, maxRemovedPercent } = view;
    const replace = options.mode === 'replace';
    const counted = await leavers.count(id, createdAt, options.leavers === 'erase');
    const leaving = replace ? counted.leaving : 0;
    const named = view.added + view.changed + view.unchanged;
    // A file that names nobody is a mistake, whatever share was allowed.
    const tooMany = leaving > (counted.members * maxRemovedPercent) / 100 || (named === 0 && leaving > 0);
    // A line that cannot be read may be about anybody: then nobody can be said to leave.
    const to =
      invalid > 0 && (replace || !options.partial)
        ? 'rejected'
        : options.dryRun && confirmed === null
          ? 'previewed'
          : tooMany && leaving > (confirmed ?? 0)
            ? 'awaiting_confirmation'
            : 'writing';
    await store.move(id, { from: 'checking', to, leaving, membersBefore: counted.members }, now());
    return to === 'writing';
  };

  const remove = async ({ view: { id, createdAt }, options }: StoredImport): Promise<boolean> => {
    if (options.mode === 'upsert') return false;
    if (options.leavers === 'suspend') {
      const count = await leavers.suspend(id, createdAt, now());
      await store.removed(id, count, now());
      return count > 0;
    }
    const people = await leavers.next(id, createdAt, ERASED_AT_ONCE);
    let count = 0;
    for (const { person, version } of people) {
      const outcome = await members.erase(person, version, now()).catch(outcomeOf);
      if (outcome !== 'moved') count += 1;
      // Not one after the other into the wait for a guard that is away.
      if (outcome === 'unheard') break;
    }
    await store.removed(id, count, now());
    return people.length > 0;
  };

  return {
    get,
    list: async () => (await store.list(LISTED)).map(({ view }) => view),
    async errors(id) {
      await known(id);
      return await store.errors(id);
    },
    async resume() {
      await store.tidy(now() - CONFIRM_WITHIN_MS, now());
      const id = await store.running();
      if (id !== null && (await get(id)).updatedAt < now() - STALLED_AFTER_MS) await start(id);
    },

    async receive(body, options, by) {
      if (options.mode === 'replace' && options.partial) {
        throw new Refusal(
          400,
          'INVALID_REQUEST',
          'A file that replaces everybody is written whole or not at all.',
          [{ path: 'partial', message: 'not together with mode=replace' }],
        );
      }
      const other = await store.running();
      if (other !== null) throw running(other);
      const id = crypto.randomUUID();
      await store.create(id, { ...options, pepperId }, by, now());
      try {
        const { pieces, columns } = await take(id, body, options);
        if (!(await store.received(id, pieces, columns, now()))) throw running(await store.running());
      } catch (error) {
        await store.drop(id);
        throw error instanceof ImportError ? unreadable(error) : error;
      }
      await start(id);
      return await get(id);
    },

    async advance(id) {
      const found = await store.get(id);
      if (found === null) return false;
      const { view, options } = found;
      const { state, piecesDone, pieces } = view;
      if ((state === 'writing' || state === 'removing') && options.pepperId !== pepperId) {
        // People have other names by now, and those that were staged would make leavers of everybody.
        return await store.recheck(id, pepperId, now());
      }
      // What was written before is counted, and counts at the doors before the next is: also where the guard was away then.
      if (state === 'writing' || state === 'removing') await members.bringIntoForce(now());
      if (state === 'checking') {
        if (piecesDone === pieces) return await decide(found);
        const piece = await pieceOf(id, piecesDone);
        await store.checked(id, piecesDone, await checkPiece({ id, store, members, options, piece }), now());
        return true;
      }
      if (state === 'writing') {
        if (piecesDone === pieces) return await store.move(id, { from: 'writing', to: 'removing' }, now());
        const { written, errors } = await writePiece({
          id,
          store,
          members,
          options,
          piece: await pieceOf(id, piecesDone),
          atMs: now(),
        });
        await store.wrote(id, piecesDone, written, errors, now());
        await members.deliver(now());
        return true;
      }
      if (state === 'removing') {
        const removed = await remove(found);
        await members.bringIntoForce(now());
        if (removed) return true;
        await store.move(id, { from: 'removing', to: 'done' }, now());
      }
      return false;
    },

    async confirm(id, leaving) {
      const { view } = await known(id);
      const { state } = view;
      if ((state !== 'previewed' && state !== 'awaiting_confirmation') || view.leaving !== leaving) {
        throw new Refusal(
          409,
          'NOTHING_TO_CONFIRM',
          'Confirm what waits, with the number of leavers it counted.',
        );
      }
      if (!(await store.move(id, { from: state, to: 'checking', confirmed: leaving }, now()))) {
        throw running(await store.running());
      }
      await start(id);
      return await get(id);
    },

    async cancel(id) {
      const { view } = await known(id);
      if (['done', 'rejected', 'cancelled', 'expired'].includes(view.state)) return view;
      await store.move(id, { from: view.state, to: 'cancelled' }, now());
      return await get(id);
    },
  };

  async function pieceOf(id: string, number: number) {
    const piece = await store.piece(id, number);
    if (piece === null) throw new Error('a piece of an import is missing');
    return piece;
  }

  async function take(id: string, body: ReadableStream<Uint8Array>, { format }: ImportOptions) {
    const cutter = createRecordCutter(format);
    let columns: ImportOptions['columns'] | null = format === 'csv' ? null : [];
    let pieces = 0;
    let bytes = 0;
    const keep = async (cut: ReturnType<typeof cutter.push>): Promise<void> => {
      for (const piece of cut) {
        const text = decodePiece(piece);
        if (columns === null) {
          const [header] = readCsv(text, piece.firstLine);
          columns = readHeader(header?.cells ?? []);
        }
        await store.addPiece(id, pieces, piece, text);
        pieces += 1;
      }
    };
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > FILE_MAX_BYTES) {
        throw new ImportError('FILE_TOO_LARGE', `A file may have at most ${FILE_MAX_BYTES} bytes.`);
      }
      await keep(cutter.push(chunk));
    }
    await keep(cutter.end());
    if (pieces === 0) throw new ImportError('EMPTY_FILE', 'The file has no line.');
    return { pieces, columns: columns ?? [] };
  }
}

/** Whoever was written in this moment is no leaver any more; what the guard has not heard of, the next step tells it. */
function outcomeOf(error: unknown): 'moved' | 'unheard' {
  if (error instanceof Refusal && error.code === 'VERSION_MOVED') return 'moved';
  if (error instanceof Refusal && error.code === 'NOT_IN_FORCE_YET') return 'unheard';
  throw error;
}

function unreadable({ code, message, line }: ImportError): Refusal {
  return new Refusal(code === 'FILE_TOO_LARGE' ? 413 : 400, code, message, [
    { path: `line ${line}`, message: 'here' },
  ]);
}

/** @param id null: it has ended by now, and this one can be tried again */
function running(id: string | null): Refusal {
  return new Refusal(409, 'IMPORT_RUNNING', `Another import is running: ${id ?? 'it has just ended'}.`);
}
