import type * as z from 'zod';
import { historyPage } from '../contract/paging.ts';
import { readVendorTimestamp, type VendorTimestamp } from '../contract/timestamp.ts';
import { FacePassProtocolError } from '../errors.ts';
import { NOTHING_HAPPENED } from '../walk/doubt.ts';
import { isRefusal } from '../walk/refusal.ts';
import { checkRequest } from './check-request.ts';
import type { ClientCore } from './client-core.ts';
import { createList, type FacePassList, type ListOptions, type TraitsMemory } from './list.ts';
import { tellQuarantined } from './quarantine-event.ts';
import { askedRange, readRange, type TimeRange } from './range.ts';
import { isSilent, readSilentPage } from './silent-page.ts';
import type { Outgoing } from './transport.ts';

/** A history row with its time read: `raw` as FacePass wrote it, `epochMs` the instant. */
export type WithTimestamp<Row, Field extends string> = {
  // Not `Omit`: it would forget the named fields beside the index signature of the unknown ones.
  [Key in keyof Row as Key extends Field ? never : Key]: Row[Key];
} & Record<Field, VendorTimestamp>;

export interface HistorySource<Row extends { id: string }, Field extends Extract<keyof Row, string>> {
  readonly endpoint: Outgoing<z.ZodType>['endpoint'];
  readonly memory: TraitsMemory;
  readonly requestSchema: z.ZodType;
  readonly rowSchema: z.ZodType<Row>;
  readonly timestampField: Field;
  readonly range: TimeRange;
  /** The request's own filters. */
  readonly filter: Readonly<Record<string, unknown>>;
}

/** A list over a range of time (#7, #8). */
export function createHistoryList<Row extends { id: string }, Field extends Extract<keyof Row, string>>(
  core: ClientCore,
  source: HistorySource<Row, Field>,
  options?: ListOptions,
): FacePassList<WithTimestamp<Row, Field>> {
  const { endpoint, timestampField } = source;
  const range = readRange(source.range, core.timeZone);
  let asked = { ...range, ...askedRange(range, core.timeZone) };
  const { outside } = asked;
  return createList<WithTimestamp<Row, Field>>(
    {
      endpoint,
      memory: source.memory,
      onQuarantined: tellQuarantined(core, endpoint),
      range,
      async fetchPage({ fromMs = range.fromMs, toMs = range.toMs, size, cursor }, callOptions) {
        // Page after page lies in the same range, and wall clocks are dear.
        if (fromMs !== asked.fromMs || toMs !== asked.toMs) {
          asked = { fromMs, toMs, ...askedRange({ fromMs, toMs }, core.timeZone) };
        }
        const { startTs, endTs } = asked;
        const ask = async (request: Readonly<Record<string, unknown>>) => {
          const body = checkRequest(endpoint, source.requestSchema, { ...source.filter, ...request });
          return await core.transport.send({ endpoint, body, success: historyPage }, callOptions);
        };
        const { data, response } = await ask({ startTs, endTs, size, nextCursor: cursor });
        if (!isSilent(data)) return data;
        const nothing = askedRange(NOTHING_HAPPENED, core.timeZone);
        const askAboutNothing = () =>
          ask({ startTs: nothing.startTs, endTs: nothing.endTs, size }).then(
            (answer) => answer.data,
            unlessRefused,
          );
        const context = { endpoint: `${endpoint.method} ${endpoint.path}`, requestId: response.requestId };
        return await readSilentPage(data, source.memory, askAboutNothing, context);
      },
      readRow(row) {
        const parsed = source.rowSchema.safeParse(row);
        if (!parsed.success) return { path: parsed.error.issues[0]?.path.map(String).join('.') ?? '' };
        const raw = parsed.data[timestampField];
        const timestamp = typeof raw === 'string' ? readVendorTimestamp(raw, core) : undefined;
        if (timestamp === undefined) return { id: parsed.data.id, path: timestampField };
        // One field of a row that is ours alone is replaced, which the type system cannot follow through a generic key.
        const item = Object.assign(parsed.data, { [timestampField]: timestamp }) as WithTimestamp<Row, Field>;
        return { item, id: parsed.data.id, atMs: timestamp.epochMs, outside: outside(timestamp.epochMs) };
      },
    },
    options,
  );
}

/** What FacePass does not answer says nothing; whether it is down, the next request tells. */
function unlessRefused(error: unknown): null {
  if (isRefusal(error) || (error instanceof FacePassProtocolError && error.problem === 'wrong_shape'))
    return null;
  throw error;
}
