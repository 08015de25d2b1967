// `taskqueue dispatcher`: the command of that daemon, which is loaded only when it is to run.
import type { Command } from 'commander';
import { registerDaemon } from './daemon.ts';
import type { Done, Io } from './io.ts';

export function registerDispatcher(program: Command, io: Io, done: Done): void {
  registerDaemon(program, io, done, {
    name: 'dispatcher',
    description: 'run the daemon that moves workitems from the queue "taskqueue" to those of their types',
    help: HELP,
    async run(configFile) {
      const { runDispatcher } = await import('../dispatcher/daemon.ts');
      return runDispatcher(configFile);
    },
  });
}

const HELP = `
Runs in the foreground and logs to stderr. SIGTERM or SIGINT ends it once what it holds is settled; a second one ends
it at once. SIGHUP makes it read its configuration again.

Examples:
  taskqueue dispatcher
  taskqueue dispatcher -c ./config.ini`;
