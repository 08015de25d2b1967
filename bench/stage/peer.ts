// Another system that does the same work: worker processes that stay, and a client that fills, drains and asks.
import type { Program } from './program.ts';

/** Each number of processes that is compared has workers and a queue of its own, all of them warm. */
export const PROCESSES = [1, 2, 4, 8] as const;

export interface Peer {
  readonly who: string;
  /** Results per second for a backlog of `count`, worked on by so many processes. */
  drainRate(processes: number, count: number): Promise<number>;
  /** ms for each of `count`, one after the other, with two worker processes. */
  roundTrips(count: number): Promise<{ p50: number; p99: number }>;
  end(): Promise<void>;
}

/** A client that takes the commands `fill QUEUE COUNT`, `drain` and `ask QUEUE COUNT`, and workers that can be stopped. */
export function peerOf(
  who: string,
  client: Program,
  workers: ReadonlyMap<number, readonly Program[]>,
  others: readonly Program[] = [],
): Peer {
  const workersOf = (processes: number): readonly Program[] => workers.get(processes) ?? [];
  return {
    who,
    async drainRate(processes, count) {
      for (const worker of workersOf(processes)) worker.suspend();
      await client.ask('fill', `bench${processes}`, count);
      for (const worker of workersOf(processes)) worker.resume();
      return (await client.ask('drain')).rate ?? Number.NaN;
    },
    async roundTrips(count) {
      const { p50 = Number.NaN, p99 = Number.NaN } = await client.ask('ask', 'bench2', count);
      return { p50, p99 };
    },
    async end() {
      for (const program of [client, ...[...workers.values()].flat(), ...others]) await program.end('SIGKILL');
    },
  };
}
