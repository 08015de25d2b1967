// Does what the schedule says, undoes it, and measures how long it takes until work is done again.
import { setTimeout as pause } from 'node:timers/promises';
import type { Rabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import type { Collector } from './collector.ts';
import type { Host } from './host.ts';
import { type Keeper, signalProcess } from './keeper.ts';
import type { Fault } from './schedule.ts';
import { leaderOf } from './setup.ts';

export interface Scene {
  readonly hosts: readonly Host[];
  readonly nodes: readonly Rabbitmq[];
  readonly collector: Collector;
}

/** One fault, over. */
export interface Done {
  readonly fault: Fault;
  /** When it began, and when work had gone on again (ms since 1970). */
  readonly from: number;
  readonly until: number;
  /** From its end until work goes on; `null` where there was nothing to hit, or work did not go on in time. */
  readonly recoveryMs: number | null;
}

const RECOVERY_DEADLINE_MS = 60_000;

/** Resolves when it is over and work has gone on, or the deadline has passed. */
export async function inflict(scene: Scene, fault: Fault): Promise<Done> {
  const from = Date.now();
  const recoveryMs = await hit(scene, fault);
  return { fault, from, until: Date.now(), recoveryMs };
}

async function hit(scene: Scene, fault: Fault): Promise<number | null> {
  const host = scene.hosts[fault.host] as Host;
  switch (fault.kind) {
    case 'worker-kill':
      return killWorker(host, fault);
    case 'worker-stop': {
      const pid = workerOf(host, fault)?.[1];
      if (pid === undefined) return null;
      signalProcess(pid, 'SIGSTOP');
      await pause(fault.ms);
      signalProcess(pid, 'SIGCONT');
      return untilWork(scene, [host]);
    }
    case 'pool-kill':
    case 'pool-restart':
      await restart(host.pool, fault.kind === 'pool-kill' ? 'SIGKILL' : 'SIGTERM', fault.ms);
      return untilWork(scene, [host]);
    case 'pool-stop':
      await suspend(host.pool, fault.ms);
      return untilWork(scene, [host]);
    case 'pool-reload':
    case 'dispatcher-reload': {
      host.configure(1 + Math.floor(fault.pick * 1e6));
      const daemon = fault.kind === 'pool-reload' ? host.pool : host.dispatcher;
      return untilLine(daemon, /reloaded/, () => void daemon.reload());
    }
    case 'dispatcher-kill':
    case 'dispatcher-restart': {
      await host.dispatcher.end(fault.kind === 'dispatcher-kill' ? 'SIGKILL' : 'SIGTERM');
      await pause(fault.ms);
      return untilConsuming(host.dispatcher);
    }
    case 'dispatcher-stop':
      await suspend(host.dispatcher, fault.ms);
      return null;
    case 'link-cut':
      for (const link of host.links) link.cut();
      return untilWork(scene, [host]);
    case 'link-halfopen':
      for (const link of host.links) link.silence();
      return untilWork(scene, [host]);
    case 'link-stall':
      for (const link of host.links) link.stall();
      await pause(fault.ms);
      for (const link of host.links) link.resume();
      return untilWork(scene, [host]);
    case 'link-delay':
      for (const link of host.links) link.latencyMs = 20 + fault.pick * 130;
      await pause(fault.ms);
      for (const link of host.links) link.latencyMs = 0;
      return untilWork(scene, [host]);
    case 'pool-kill-blocked':
    case 'dispatcher-kill-blocked': {
      const daemon = fault.kind === 'pool-kill-blocked' ? host.pool : host.dispatcher;
      await alarm(scene, true);
      await pause(fault.ms);
      await daemon.end('SIGKILL');
      await alarm(scene, false);
      daemon.start();
      return untilWork(scene, [host]);
    }
    case 'pool-kill-muted':
    case 'dispatcher-kill-muted': {
      const daemon = fault.kind === 'pool-kill-muted' ? host.pool : host.dispatcher;
      for (const link of host.links) link.mutePublishers();
      await pause(fault.ms);
      await daemon.end('SIGKILL');
      daemon.start();
      return untilWork(scene, [host]);
    }
    case 'broker-kill':
    case 'broker-stop':
    case 'broker-restart':
    case 'broker-alarm':
    case 'leader-kill':
      return hitBroker(scene, fault);
    default:
      return fault.kind satisfies never;
  }
}

async function hitBroker(scene: Scene, fault: Fault): Promise<number | null> {
  const { nodes, hosts } = scene;
  switch (fault.kind) {
    case 'broker-stop': {
      const node = nodes[fault.node] as Rabbitmq;
      await inTurn(nodes, () => suspendNode(node, fault.ms));
      return untilWork(scene, hosts);
    }
    case 'broker-alarm':
      await inTurn(nodes, async () => {
        await alarm(scene, true);
        await pause(fault.ms);
        await alarm(scene, false);
      });
      return untilWork(scene, hosts);
    default: {
      // In a cluster the others take over at once; a single node must come back first.
      const isCluster = nodes.length > 1;
      const meanwhile = await inTurn(nodes, async () => {
        const number = fault.kind === 'leader-kill' ? await leaderOf(nodes, 'taskqueue') : fault.node;
        const node = nodes[number] as Rabbitmq;
        await (fault.kind === 'broker-restart' ? node.shutDown() : node.kill());
        const work = isCluster ? { recovery: untilWork(scene, hosts) } : null;
        await pause(fault.ms);
        await node.start();
        return work ?? { recovery: untilWork(scene, hosts, node.takesConnectionsSince) };
      });
      return meanwhile.recovery;
    }
  }
}

/** On a busy machine a node may take longer to start than the schedule has it: the next fault of a node waits for that. */
async function inTurn<T>(nodes: Scene['nodes'], hit: () => Promise<T>): Promise<T> {
  const done = (turns.get(nodes) ?? Promise.resolve()).then(hit);
  turns.set(
    nodes,
    done.catch(() => undefined), // whoever began it hears of it
  );
  return done;
}

const turns = new WeakMap<Scene['nodes'], Promise<unknown>>();

async function suspendNode(node: Rabbitmq, ms: number): Promise<void> {
  node.suspend();
  await pause(ms);
  node.resume();
}

/** As when its memory is full: it takes no more from whoever has published. In a cluster, none of the nodes does. */
async function alarm({ nodes }: Scene, isOn: boolean): Promise<void> {
  const resource = '{resource_limit, memory, node()}';
  const change = isOn ? `set_alarm({${resource}, []})` : `clear_alarm(${resource})`;
  await (nodes[0] as Rabbitmq).evaluate(`rabbit_alarm:${change}, ok`);
}

async function killWorker(host: Host, fault: Fault): Promise<number | null> {
  const [instance, pid] = workerOf(host, fault) ?? [];
  if (instance === undefined || pid === undefined) return null;
  const again = new RegExp(`ready type=\\S+ instance=${instance} `);
  return untilLine(host.pool, again, () => signalProcess(pid, 'SIGKILL'));
}

function workerOf(host: Host, fault: Fault): readonly [string, number] | undefined {
  if (!host.pool.isRunning) return undefined;
  return host.pool.workers[Math.floor(fault.pick * host.pool.workers.length)];
}

async function restart(daemon: Keeper, signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> {
  await daemon.end(signal);
  await pause(downMs);
  daemon.start();
}

async function suspend(daemon: Keeper, ms: number): Promise<void> {
  daemon.signal('SIGSTOP');
  await pause(ms);
  daemon.signal('SIGCONT');
}

/** Until a worker of each of these hosts gets a workitem that it then finishes. */
async function untilWork({ collector }: Scene, hosts: readonly Host[], from = Date.now()): Promise<number | null> {
  const results = await Promise.allSettled(
    hosts.map(({ name }) =>
      collector.next(({ host, startedAt }) => host === name && startedAt >= from, RECOVERY_DEADLINE_MS),
    ),
  );
  const times = results.map((result) => (result.status === 'fulfilled' ? result.value.startedAt - from : Number.NaN));
  const slowest = Math.max(...times);
  return Number.isNaN(slowest) ? null : slowest;
}

/** Until a dispatcher that is started now takes what is in `taskqueue`. Without a broker it is ready, and takes nothing. */
async function untilConsuming(dispatcher: Keeper): Promise<number | null> {
  const from = performance.now();
  const [line, ready] = [
    dispatcher.nextLine(/connected to/, RECOVERY_DEADLINE_MS),
    dispatcher.nextReady(RECOVERY_DEADLINE_MS),
  ];
  dispatcher.start();
  const results = await Promise.allSettled([line, ready]);
  return results.every(({ status }) => status === 'fulfilled') ? performance.now() - from : null;
}

async function untilLine(daemon: Keeper, pattern: RegExp, begin: () => void): Promise<number | null> {
  const from = performance.now();
  const line = daemon.nextLine(pattern, RECOVERY_DEADLINE_MS);
  begin();
  const [result] = await Promise.allSettled([line]);
  return result.status === 'fulfilled' ? performance.now() - from : null;
}
