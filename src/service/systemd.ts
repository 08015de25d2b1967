// What a daemon tells systemd (sd_notify(3)). Node has no datagram sockets, so the unit hands one over that is connected
// already: `OpenFile=/run/systemd/notify:notify`. Written to from this very process, so that NotifyAccess=main holds and
// no worker can speak for its daemon. Outside of such a unit nothing is said. Telling never throws and never waits.
import { writeSync } from 'node:fs';

export interface Notifier {
  /** How often systemd wants to hear `alive`, in ms; `null` where it does not watch. */
  readonly watchdogMs: number | null;
  ready(): void;
  /** Before a reload that systemd may have asked for; `ready` says that it is over. */
  reloading(): void;
  stopping(): void;
  /** The line that `systemctl status` shows. */
  status(text: string): void;
  alive(): void;
  /** Starting or stopping takes longer: systemd shall give at least so many ms from now on. */
  extendTimeout(ms: number): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

const FIRST_FD = 3;
const NAME = 'notify';

export function systemdNotifier(
  env: Environment = process.env,
  pid = process.pid,
  write: (fd: number, text: string) => void = writeSync,
): Notifier {
  const fd = handedOver(env, pid);
  const tell = (...lines: string[]): void => {
    if (fd === undefined) return;
    try {
      write(fd, `${lines.join('\n')}\n`);
    } catch {
      nobodyListens();
    }
  };
  return {
    watchdogMs: fd === undefined ? null : watchdogMs(env, pid),
    ready: () => tell('READY=1'),
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1'),
    status: (text) => tell(`STATUS=${text.replace(/[\r\n]+/g, ' ')}`),
    alive: () => tell('WATCHDOG=1'),
    extendTimeout: (ms) => tell(`EXTEND_TIMEOUT_USEC=${Math.ceil(ms) * 1000}`),
  };
}

/** The socket among the file descriptors that systemd has passed (sd_listen_fds(3)): which one, its name tells. */
function handedOver(env: Environment, pid: number): number | undefined {
  if (env.LISTEN_PID !== String(pid)) return undefined; // meant for somebody else, who left it in our environment
  const names = (env.LISTEN_FDNAMES ?? '').split(':').slice(0, Number(env.LISTEN_FDS ?? 0));
  const index = names.indexOf(NAME);
  return index < 0 ? undefined : FIRST_FD + index;
}

function watchdogMs(env: Environment, pid: number): number | null {
  if (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== String(pid)) return null;
  const ms = Number(env.WATCHDOG_USEC ?? 0) / 1000;
  return ms > 0 ? ms : null;
}

function nobodyListens(): void {
  // systemd is being replaced, or its queue is full: the next tick says it again, and work goes on.
}
