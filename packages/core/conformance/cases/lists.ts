import { FacePassIncompleteError, FacePassProtocolError, FacePassRequestError } from '../../src/client.ts';
import { range } from '../fifteen-calls.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import { type Answer, scriptedWorld, success } from '../scripted-facepass.ts';

const row = (id: number, verifyTs = '2024-01-01T12:00:00') => ({ id: String(id), verifyTs });

/** Rows `1…count`, `size` at a time at most `largest`, the cursor being the last row's id. */
function history(count: number, largest = 1000): Answer {
  return ({ body }) => {
    const { size = 10, nextCursor = '0' } = Object(body) as { size?: number; nextCursor?: string };
    const start = Number(nextCursor);
    const end = Math.min(start + Math.min(size, largest), count);
    const items = Array.from({ length: Math.max(0, end - start) }, (_, index) => row(start + index + 1));
    return success({ items, hasMore: end < count, size: items.length, nextCursor: items.at(-1)?.id });
  };
}

export const listCases = [
  ...group('lists', {
    async 'are iterated row by row, page after page, each row once'() {
      const { client } = scriptedWorld([history(2345)]);
      let count = 0;
      const ids = new Set<string>();
      for await (const { id } of client.verifications.list(range)) {
        count++;
        ids.add(id);
      }
      assertEqual([count, ids.size], [2345, 2345]);
    },

    async 'ask for no page that nobody looks at'() {
      const { client, asked } = scriptedWorld([history(100, 10)]);
      for await (const { id } of client.verifications.list(range)) if (id === '5') break;
      assertEqual(asked.length, 1);
      const list = client.verifications.list(range);
      assertEqual((await list.toArray({ limit: 0 })).length, 0);
      assertEqual([(await list.toArray({ limit: 3 })).length, asked.length], [3, 2]);
    },

    async 'find out in seconds what FacePass always fails on, however patient the caller is'() {
      const plain = history(25);
      const failing: Answer = (asked, clock) => {
        const { size = 10, startTs = '', nextCursor } = Object(asked.body);
        // Too large, too long, or behind a cursor that is no `nextCursor` of its own.
        const fails = size > 10 || startTs < '2024-01-01T11' || nextCursor === '25';
        if (fails) return new Response('<html>error</html>', { status: 500 });
        return typeof plain === 'function' ? plain(asked, clock) : plain;
      };
      const { client, clock } = scriptedWorld([failing], { maxRetries: 8 });
      const day = { from: '2024-01-01T00:00:00', to: '2024-01-01T13:00:00' };
      const beganMs = clock.now();
      const rows = await client.verifications
        .list({ ...day, from: '2024-01-01T11:00:01' })
        .toArray({ limit: 100 });
      assertEqual(rows.length, 25);
      assert(clock.now() - beganMs < 20_000, 'found out within seconds');
    },

    async 'toArray collects up to its limit'() {
      const { client } = scriptedWorld([history(57)]);
      assertEqual((await client.verifications.list(range).toArray({ limit: 1000 })).length, 57);
      assertEqual((await client.verifications.list(range).toArray({ limit: 33 })).length, 33);
    },

    async 'give their pages, with what FacePass said of them'() {
      const { client } = scriptedWorld([history(25)]);
      const pages = [];
      for await (const page of client.verifications.list(range, { size: 10 }).pages()) {
        pages.push([page.items.length, page.nextCursor, page.hasMore, page.size]);
      }
      assertEqual(pages, [
        [10, '10', true, 10],
        [10, '20', true, 10],
        [5, '25', false, 5],
        [0, undefined, false, 0],
      ]);
    },

    async 'a size that is asked for is kept to'() {
      const { client, asked } = scriptedWorld([history(100)]);
      await client.verifications.list(range, { size: 40 }).toArray({ limit: 1000 });
      const sizes = asked.map(({ body }) => Object(body).size);
      assertEqual(sizes, [40, 40, 40, 40]);
    },

    async 'the size that serves best is found out once per client'() {
      const { client, asked } = scriptedWorld([history(300, 150)]);
      await client.verifications.list(range).toArray({ limit: 1000 });
      const before = asked.length;
      await client.verifications.list(range).toArray({ limit: 1000 });
      assertEqual(Object(asked[before]?.body).size, 1000);
    },

    async 'go on behind a cursor'() {
      const { client } = scriptedWorld([history(30)]);
      const rest = await client.verifications.list(range, { cursor: '27' }).toArray({ limit: 100 });
      assertEqual(
        rest.map(({ id }) => id),
        ['28', '29', '30'],
      );
    },

    async 'go on from the state of any page, through JSON, in another client'() {
      const first = scriptedWorld([history(500, 20)]);
      const ids: string[] = [];
      let state: unknown;
      for await (const page of first.client.verifications.list(range).pages()) {
        ids.push(...page.items.map(({ id }) => id));
        state = page.state;
        if (ids.length > 100) break;
      }
      const second = scriptedWorld([history(500, 20)]);
      const list = second.client.verifications.list(range, { state: JSON.parse(JSON.stringify(state)) });
      for await (const { id } of list) ids.push(id);
      assertEqual(new Set(ids).size, 500);
      assert(second.asked.length < 25, 'the pages read before not to be read again');
    },

    async 'set rows aside that cannot be read, and tell of them'() {
      const items = [row(1), { id: '2' }, { verifyTs: '2024-01-01T12:00:00' }, row(4, 'yesterday'), row(5)];
      const { client, events } = scriptedWorld([success({ items }), success({ items: [] })]);
      const [page] = await collect(client.verifications.list(range).pages());
      assertEqual(
        page?.items.map(({ id }) => id),
        ['1', '5'],
      );
      const aside = page?.quarantined.map(({ index, path }) => [index, path]);
      assertEqual(aside, [
        [1, 'verifyTs'],
        [2, 'id'],
        [3, 'verifyTs'],
      ]);
      assertEqual(page?.quarantined[1]?.content(), { verifyTs: '2024-01-01T12:00:00' });
      assert(!JSON.stringify(page?.quarantined).includes('12:00'), 'no content in the JSON of a page');
      const told = events.flatMap((event) => (event.type === 'rows_quarantined' ? [event.paths] : []));
      assertEqual(told, [['verifyTs', 'id', 'verifyTs']]);
    },

    async 'an id beyond 2^53 written as a number is set aside, a smaller one is read as text'() {
      const at = '2024-01-01T12:00:00';
      const text = `{"resultType":"SUCCESS","success":{"items":[{"id":9007199254740993,"verifyTs":"${at}"},{"id":7,"verifyTs":"${at}"}]}}`;
      const { client } = scriptedWorld([() => new Response(text), success({ items: [] })]);
      const [page] = await collect(client.verifications.list(range).pages());
      assertEqual([page?.items.map(({ id }) => id), page?.quarantined.length], [['7'], 1]);
    },

    async 'a list that cannot be read to its end fails instead of ending'() {
      const same = success({ items: Array.from({ length: 10 }, (_, index) => ({ groupId: `g${index}` })) });
      const { client } = scriptedWorld([same]);
      const seen: string[] = [];
      const error = await rejection(FacePassIncompleteError, async () => {
        for await (const { groupId } of client.deviceGroups.list()) seen.push(groupId);
      });
      assertEqual(
        [seen.length, error.code, error.unread],
        [10, 'incomplete_list', [{ reason: 'cursors_lead_nowhere' }]],
      );
    },

    async 'a page without items is not an empty page'() {
      for (const payload of [{}, { items: 'none' }]) {
        const { client } = scriptedWorld([success(payload)]);
        const read = () => client.verifications.list(range).toArray({ limit: 10 });
        assertEqual((await rejection(FacePassProtocolError, read)).path, 'success.items');
      }
    },
  }),

  ...group('ranges', {
    async 'take a Date, a text, a text with an offset, and whatever has epochMilliseconds'() {
      const instant = Date.parse('2023-12-31T15:00:00Z');
      const inputs = [
        new Date(instant),
        '2024-01-01T00:00:00',
        '2024-01-01 00:00:00',
        '2023-12-31T15:00:00Z',
        '2023-12-31T16:00:00+01:00',
        { epochMilliseconds: instant },
      ];
      for (const from of inputs) {
        const { client, asked } = scriptedWorld([success({ items: [] })]);
        await client.verifications.list({ from, to: '2024-01-02T00:00:00' }).toArray({ limit: 1 });
        assertEqual(Object(asked[0]?.body).startTs, '2023-12-31T23:59:59', String(from));
      }
    },

    async 'take a Temporal.Instant where there is one'() {
      const temporal: unknown = Reflect.get(globalThis, 'Temporal');
      // Not every runtime has it yet; what it makes is an object with epochMilliseconds, shown above.
      if (temporal === undefined) return;
      const instant: { epochMilliseconds: number } = Object(temporal).Instant.from('2023-12-31T15:00:00Z');
      const { client, asked } = scriptedWorld([success({ items: [] })]);
      await client.verifications.list({ from: instant, to: instant }).toArray({ limit: 1 });
      assertEqual(Object(asked[0]?.body).endTs, '2024-01-01T00:00:01');
    },

    async 'are written in the client’s time zone, and rows are read in it'() {
      const answer = success({ items: [row(1, '2024-07-01T09:00:00')] });
      const { client, asked } = scriptedWorld([answer, success({ items: [] })], {
        timeZone: 'Europe/Berlin',
      });
      const day = { from: '2024-07-01T00:00:00Z', to: '2024-07-02T00:00:00Z' };
      const [read] = await client.verifications.list(day).toArray({ limit: 1 });
      assertEqual(Object(asked[0]?.body).startTs, '2024-07-01T01:59:59');
      assertEqual(read?.verifyTs.epochMs, Date.parse('2024-07-01T07:00:00Z'));
    },

    async 'include both ends, and leave out what came only because one tick more was asked for'() {
      const items = [
        row(1, '2023-12-31T23:59:59'),
        row(2, '2024-01-01T00:00:00'),
        row(3, '2024-01-02T00:00:00'),
        row(4, '2024-01-02T00:00:01'),
        // Further out than was asked: FacePass counts it to the range, so it belongs to it.
        row(5, '2023-12-01T00:00:00'),
      ];
      const { client } = scriptedWorld([success({ items }), success({ items: [] })]);
      const read = await client.verifications.list(range).toArray({ limit: 10 });
      assertEqual(
        read.map(({ id }) => id),
        ['2', '3', '5'],
      );
    },

    async 'ask for the whole hour that occurs twice when clocks are put back'() {
      const { client, asked } = scriptedWorld([success({ items: [] })], { timeZone: 'Europe/Berlin' });
      // 02:30 the first time to 02:30 the second time: an hour of instants, no time at all on the wall.
      const hour = { from: '2024-10-27T00:30:00Z', to: '2024-10-27T01:30:00Z' };
      await client.verifications.list(hour).toArray({ limit: 1 });
      const { startTs, endTs } = Object(asked[0]?.body);
      assert(startTs <= '2024-10-27T02:00:00' && endTs >= '2024-10-27T02:59:59', `${startTs} to ${endTs}`);
    },

    async 'that make no sense are refused before anything is sent'() {
      const { client, asked } = scriptedWorld([success({ items: [] })]);
      const bad = [
        [{ from: 'yesterday', to: '2024-01-02T00:00:00' }, 'from'],
        [{ from: new Date(Number.NaN), to: new Date() }, 'from'],
        [{ from: '2024-01-02T00:00:00', to: '2024-01-01T00:00:00' }, 'to'],
        [{ from: '2024-01-01T00:00:00', to: '2024-02-30T00:00:00' }, 'to'],
      ] as const;
      for (const [bounds, path] of bad) {
        const read = async () => client.verifications.list(bounds).toArray({ limit: 1 });
        const error = await rejection(FacePassRequestError, read);
        assertEqual(
          error.issues.map((issue) => issue.path),
          [path],
        );
      }
      assertEqual(asked.length, 0);
    },
  }),
];

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
