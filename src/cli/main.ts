#!/usr/bin/env node
// The command `taskqueue`.
import { processIo, untilWritten } from './process-io.ts';
import { runCli } from './program.ts';

const exitCode = await runCli(process.argv.slice(2), processIo());
await untilWritten();
process.exit(exitCode);
