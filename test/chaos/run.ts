// One run from the start of its broker to the verdict: two hosts at work, senders, faults; then quiet, and the books.
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';
import type { Rabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { until } from '../support/until.ts';
import { Collector, DEAD } from './collector.ts';
import { Host } from './host.ts';
import { type Done, inflict, type Scene } from './injector.ts';
import { type LedgerEvent, openIn, verdictOf } from './ledger.ts';
import { Link } from './link.ts';
import type { Program } from './program.ts';
import type { Report } from './report.ts';
import { type Fault, type FaultKind, scheduleFor } from './schedule.ts';
import { send } from './sender.ts';
import { depths, type Setup, startNodes, stopNodes } from './setup.ts';
import { orderOf, REPLIES, TYPES } from './workload.ts';

export interface RunOptions {
  readonly setup: Setup;
  readonly seed: number;
  readonly minutes: number;
  readonly perSecond: number;
  /** Only these; `null`: all that there are. */
  readonly kinds: readonly FaultKind[] | null;
  readonly directory: string;
  readonly program: Program;
  readonly logLevel: string;
  say(line: string): void;
}

const HOSTS = ['a', 'b'];
/** Faults begin until so long before the end; what takes its time is not sent so near to it. */
const LATE_MS = 20_000;
/** After the end, work goes on until all have recovered, but no longer than this. */
const OVERTIME_MS = 30_000;
/** How long the system may take to come to an end with everything, once nothing is done to it any more. */
const QUIET_DEADLINE_MS = 180_000;

export async function run(options: RunOptions): Promise<Report> {
  const { setup, seed, minutes, directory, program, logLevel } = options;
  const nodes = await startNodes(setup);
  const ports = nodes.map(({ amqpPort }) => amqpPort);
  const queueType = setup === 'classic' ? 'classic' : 'quorum';
  const hosts = await Promise.all(
    HOSTS.map((name) => Host.create({ name, directory, program, brokerPorts: ports, queueType, logLevel })),
  );
  const events: LedgerEvent[] = [];
  const book = (event: LedgerEvent): void => void events.push(event);
  const urls = nodes.map(({ url }) => url);
  try {
    await startHosts(hosts);
    await declareQueues(nodes);
    const collector = new Collector(urls, ['results', REPLIES, DEAD], book);
    const scene = { hosts, nodes, collector };
    const faults = await underFaults(options, scene, book);
    const left = await untilQuiet(options, events, nodes);
    await collector.stop();
    await Promise.all(hosts.map((host) => host.stop()));
    const starts = new Map<string, number>();
    for (const host of hosts) host.countStarts(starts);
    const accidents = hosts.flatMap(({ dispatcher, pool }) => [...dispatcher.accidents, ...pool.accidents]);
    return { setup, seed, minutes, verdict: verdictOf(events, starts), faults, accidents, left };
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
    await stopNodes(nodes);
  }
}

/** Resolves when all of them are at work. */
async function startHosts(hosts: readonly Host[]): Promise<void> {
  const ready = hosts.flatMap(({ dispatcher, pool }) => [
    dispatcher.nextLine(/connected to/, 30_000),
    pool.nextLine(/ready type=long/, 30_000),
  ]);
  for (const { dispatcher, pool } of hosts) {
    dispatcher.start();
    pool.start();
  }
  await Promise.all(ready);
}

/** The daemons declare theirs; resolves when all are there, on the disk too. */
async function declareQueues(nodes: readonly Rabbitmq[]): Promise<void> {
  const first = nodes[0] as Rabbitmq;
  const connection = await connect(first.url);
  await (await connection.createChannel()).assertQueue(REPLIES, { durable: true });
  await connection.close();
  for (const queue of ['taskqueue', 'results', DEAD, ...TYPES.map((type) => `worker_${type}`)]) {
    const exists = `rabbit_amqqueue:exists(rabbit_misc:r(<<"/">>, queue, <<"${queue}">>))`;
    await until(async () => (await first.evaluate(exists)) === 'true', `there is a queue ${queue}`, 30_000);
  }
  // Mnesia writes a declaration to the disk up to two seconds after it has answered.
  for (const node of nodes) await node.evaluate('mnesia:sync_log()');
}

/** Sends and does harm for as long as wanted; resolves when everything that was done is undone. */
async function underFaults(
  { seed, minutes, perSecond, kinds, say }: RunOptions,
  scene: Scene,
  book: (event: LedgerEvent) => void,
): Promise<readonly Done[]> {
  const { hosts, nodes } = scene;
  const lengthMs = minutes * 60_000;
  const begun = Date.now();
  const schedule = scheduleFor(seed, lengthMs - LATE_MS, { hosts: hosts.length, nodes: nodes.length, kinds });
  const sending = new AbortController();
  let count = 0;
  const next = () => orderOf(seed, count++, Date.now(), Date.now() - begun > lengthMs - LATE_MS);
  // One sender beside the faults of the network, one in the middle of them.
  const links = await Promise.all(nodes.map(({ amqpPort }) => Link.start(amqpPort)));
  const behind = links.map(({ port }) => `amqp://guest:guest@127.0.0.1:${port}`);
  const senders = [nodes.map(({ url }) => url), behind].map((urls) =>
    send({ urls, perSecond: perSecond / 2, next, book }, sending.signal),
  );
  const cutting = setInterval(() => {
    for (const link of links) link.cut();
  }, 7_000);
  const faults = Promise.all(schedule.map((fault) => atItsTime(scene, fault, begun, say)));
  await pause(begun + lengthMs - Date.now());
  await Promise.race([faults, pause(OVERTIME_MS)]);
  sending.abort();
  clearInterval(cutting);
  await Promise.all(senders);
  for (const link of links) link.close();
  return faults;
}

async function atItsTime(scene: Scene, fault: Fault, begun: number, say: RunOptions['say']): Promise<Done> {
  await pause(begun + fault.at - Date.now());
  const done = await inflict(scene, fault);
  const where = `host ${scene.hosts[fault.host]?.name}, node ${fault.node}`;
  const recovery = done.recoveryMs === null ? '' : `, again after ${Math.round(done.recoveryMs)} ms`;
  say(`${(fault.at / 1000).toFixed(1).padStart(7)} s  ${fault.kind} (${where}, ${fault.ms} ms)${recovery}`);
  return done;
}

/** Until every confirmed workitem has its outcome, or nothing can come any more; returns what is left in queues. */
async function untilQuiet(
  { say }: RunOptions,
  events: readonly LedgerEvent[],
  nodes: readonly Rabbitmq[],
): Promise<ReadonlyMap<string, number>> {
  const end = Date.now() + QUIET_DEADLINE_MS;
  let left: ReadonlyMap<string, number> = new Map();
  let said = '';
  for (let emptyRounds = 0; emptyRounds < 3 && Date.now() < end; ) {
    const before = events.length;
    await pause(1_500);
    left = await depths(nodes);
    const open = openIn(events);
    const isQuiet = left.size === 0 && events.length === before;
    emptyRounds = isQuiet ? emptyRounds + 1 : 0;
    if (open.length === 0 && isQuiet) break;
    const queues = [...left].map(([name, depth]) => `${name} ${depth}`).join(', ');
    const state = `waiting for the outcome of ${open.length} workitems (${queues || 'all queues are empty'})`;
    if (state !== said) say(state);
    said = state;
  }
  return left;
}
