import type * as z from 'zod';
import { pageSuccess } from '../contract/paging.ts';
import { readVendorTimestamp, type VendorTimestamp } from '../contract/timestamp.ts';
import type { ClientCore } from './client-core.ts';
import { createList, type FacePassList } from './list.ts';
import type { CallOptions } from './settings.ts';
import { checkRequest, type Outgoing } from './transport.ts';

/** Options of a list: those of each of its calls, the page size asked for, and where to start. */
export interface ListOptions extends CallOptions {
  /** Records wanted on a page; FacePass's default is 10. */
  readonly size?: number | undefined;
  /** A `nextCursor` from before: the list goes on behind it. */
  readonly cursor?: string | undefined;
}

/** A history row with its time read: `raw` as FacePass wrote it, `epochMs` the instant. */
export type WithTimestamp<Row, Field extends string> = {
  // Not `Omit`: it would forget the named fields beside the index signature of the unknown ones.
  [Key in keyof Row as Key extends Field ? never : Key]: Row[Key];
} & Record<Field, VendorTimestamp>;

export function createHistoryList<Row extends { id: string }, Field extends Extract<keyof Row, string>>(
  core: ClientCore,
  source: {
    readonly endpoint: Outgoing<z.ZodType>['endpoint'];
    readonly requestSchema: z.ZodType;
    readonly rowSchema: z.ZodType<Row>;
    readonly timestampField: Field;
    /** The request without paging. */
    readonly request: () => Readonly<Record<string, unknown>>;
  },
  options: ListOptions = {},
): FacePassList<WithTimestamp<Row, Field>> {
  const { size, cursor, ...callOptions } = options;
  return createList<WithTimestamp<Row, Field>>({
    cursor,
    async fetchPage(nextCursor) {
      const { endpoint } = source;
      const body = checkRequest(endpoint, source.requestSchema, { ...source.request(), size, nextCursor });
      const { data } = await core.transport.send({ endpoint, body, success: pageSuccess }, callOptions);
      return data;
    },
    readRow(row) {
      const parsed = source.rowSchema.safeParse(row);
      if (!parsed.success) return { path: parsed.error.issues[0]?.path.map(String).join('.') ?? '' };
      const raw = parsed.data[source.timestampField];
      const timestamp = typeof raw === 'string' ? readVendorTimestamp(raw, core) : undefined;
      if (timestamp === undefined) return { path: source.timestampField };
      // The row is spread and one field replaced, which the type system cannot follow through a generic key.
      const item = { ...parsed.data, [source.timestampField]: timestamp } as WithTimestamp<Row, Field>;
      return { item, id: parsed.data.id };
    },
  });
}
