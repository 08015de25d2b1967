// `taskqueue demo`: the whole system, at work before one's eyes. Loaded only when it is asked for.
import type { Command } from 'commander';
import type { Done, Io } from './io.ts';

export function registerDemo(program: Command, _io: Io, done: Done): void {
  program
    .command('demo')
    .description('show the whole system at work in this process, with a broker in memory')
    .addHelpText('after', HELP)
    .action(async () => {
      const { runDemo } = await import('../demo/demo.ts');
      done(await runDemo(process.stdout));
    });
}

const HELP = `
Sends a handful of workitems to real worker processes, and tells what becomes of each. Needs no RabbitMQ, no
configuration and no root, and ends by itself.

Example:
  taskqueue demo`;
