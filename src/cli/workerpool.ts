// `taskqueue workerpool`: the command of that daemon, which is loaded only when it is to run.
import type { Command } from 'commander';
import { registerDaemon } from './daemon.ts';
import type { Done, Io } from './io.ts';

export function registerWorkerpool(program: Command, io: Io, done: Done): void {
  registerDaemon(program, io, done, {
    name: 'workerpool',
    description: "run the daemon that starts this host's worker processes and feeds them workitems",
    help: HELP,
    async run(configFile) {
      const { runWorkerpool } = await import('../pool/daemon.ts');
      return runWorkerpool(configFile);
    },
  });
}

const HELP = `
Runs in the foreground and logs to stderr. SIGTERM or SIGINT lets running workitems finish, within their stop_timeout,
and hands the rest back to the broker; a second one ends it at once. SIGHUP makes it read its configuration and the
plugins again: only processes whose settings or plugin have changed are replaced.

Examples:
  taskqueue workerpool
  taskqueue workerpool -c ./config.ini`;
