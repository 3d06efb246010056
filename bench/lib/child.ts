/** Runs one bench module in a process of its own, so that no module measures another one's heap or compiled code. */
import { pathToFileURL } from 'node:url';
import type { BenchModule } from './figure.ts';

const [file = ''] = process.argv.slice(2);
// A module is what `bench/*.bench.ts` promises to be; run.ts picks the files.
const bench = (await import(pathToFileURL(file).href)) as BenchModule;
const figures = await bench.figures((line) => process.stderr.write(`${line}\n`));
process.send?.(figures, () => process.exit());
