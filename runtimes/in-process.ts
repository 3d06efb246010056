/** The entry for runtimes that are a process (Node, Deno, Bun): runs the suite named and prints the results. */
import process from 'node:process';
import { type PortableSuite, runSuite } from './suite.ts';

// The argument is a portable suite's file URL; run.ts passes nothing else.
const suite = (await import(process.argv[2] ?? '')) as PortableSuite;
process.stdout.write(JSON.stringify(await runSuite(suite)), () => process.exit());
