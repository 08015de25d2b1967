#!/usr/bin/env node
// The command `taskqueue`.
import { processIo } from './process-io.ts';
import { runCli } from './program.ts';

process.exit(await runCli(process.argv.slice(2), processIo()));
