/**
 * Prints every record of both histories in a range exactly once, one JSON object a line, from any FacePass
 * server. Run from source by Node 24:
 *
 *   FACEPASS_BASE_URL=… FACEPASS_TOKEN_URL=… FACEPASS_CLIENT_ID=… FACEPASS_CLIENT_SECRET=… \
 *     node packages/core/conformance/walk.ts --from 2024-01-01T00:00:00 --to 2024-01-02T00:00:00
 *
 * The range is wall-clock time (FACEPASS_TIME_ZONE, default Asia/Seoul), both ends included. Rows that cannot be
 * read are counted on stderr. Ends with 1 when anything kept it from reading everything.
 */
import { parseArgs } from 'node:util';
import {
  createFacePassClient,
  FacePassError,
  type FacePassList,
  type VendorTimestamp,
  type WalkState,
} from '../src/index.ts';

const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  console.error(`${name} is missing. Usage: node walk.ts --from <wall-clock> --to <wall-clock>`);
  process.exit(2);
}

const range = { from: required('--from', values.from), to: required('--to', values.to) };
const environment = (name: string) => required(name, process.env[name]);
const client = createFacePassClient({
  baseUrl: environment('FACEPASS_BASE_URL'),
  tokenUrl: environment('FACEPASS_TOKEN_URL'),
  clientId: environment('FACEPASS_CLIENT_ID'),
  clientSecret: environment('FACEPASS_CLIENT_SECRET'),
  timeZone: process.env['FACEPASS_TIME_ZONE'],
  scope: process.env['FACEPASS_SCOPE'],
  // Nobody is waiting at a door: rather a late answer than none.
  maxRetries: 8,
  deadlineMs: 300_000,
});

/** A day of trouble is sat out: so many failures in a row are not a moment's weakness any more. */
const MOST_FAILURES_IN_A_ROW = 10;
const PAUSE_MS = 500;

/** Errors that another try does not mend. */
const lasting = ['auth_error', 'invalid_request', 'invalid_option', 'incomplete_list'];

async function print<Item extends { id: string }>(
  history: string,
  open: (state: WalkState | undefined) => FacePassList<Item>,
  times: (item: Item) => Record<string, VendorTimestamp>,
): Promise<void> {
  const printed = new Set<string>();
  let unreadable = 0;
  let state: WalkState | undefined;
  for (let failures = 0; ; ) {
    try {
      for await (const page of open(state).pages()) {
        for (const item of page.items) {
          if (printed.has(item.id)) continue;
          printed.add(item.id);
          const raw = Object.entries(times(item)).map(([name, { raw }]) => [name, raw] as const);
          console.log(JSON.stringify({ history, ...item, ...Object.fromEntries(raw) }));
        }
        unreadable += page.quarantined.length;
        state = page.state;
        failures = 0;
      }
      break;
    } catch (error) {
      failures++;
      const passing = error instanceof FacePassError && !lasting.includes(error.code);
      if (!passing || failures > MOST_FAILURES_IN_A_ROW) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * failures));
    }
  }
  if (unreadable === 0) return;
  console.error(`${history}: ${unreadable} row(s) without an id or a readable time`);
  process.exitCode = 1;
}

/** One history that cannot be read is no reason to leave the other unread. */
async function report(history: string, printing: Promise<void>): Promise<void> {
  try {
    await printing;
  } catch (error) {
    console.error(`${history}: ${String(error)}`);
    process.exitCode = 1;
  }
}

await report(
  'registrations',
  print(
    'registrations',
    (state) => client.registrations.history(range, { state }),
    ({ eventTs }) => ({ eventTs }),
  ),
);
await report(
  'verifications',
  print(
    'verifications',
    (state) => client.verifications.list(range, { state }),
    ({ verifyTs }) => ({ verifyTs }),
  ),
);
