// A client on the memory broker, under a clock that the test turns, and at the other end whoever does its work: a stage
// where the test plays the daemons.
import { expect, onTestFinished } from 'vitest';
import type { Delivery } from '../../../src/broker/broker.ts';
import type { MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { sharedQueue, TASKQUEUE } from '../../../src/broker/topology.ts';
import { Client, type ClientParts } from '../../../src/client/client.ts';
import { EVENTS } from '../../../src/control/news.ts';
import type { Question } from '../../../src/control/question.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { TaskqueueEvent, WorkitemEvent } from '../../../src/events/event.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Headers, Message, Properties } from '../../../src/workitem/message.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { connectTo } from '../../support/memory-client.ts';
import { batchOf, openDaemon, tell } from '../control/daemons.ts';

export interface Agency {
  readonly clock: ManualClock;
  readonly server: MemoryServer;
  /** The client's connection. */
  readonly broker: MemoryBroker;
  readonly client: Client;
  /** What has come to `taskqueue`, in order. */
  readonly sent: readonly Message[];
  /** All that daemons were asked. */
  readonly asked: readonly Question[];
  /** What a daemon knows of workitems, for those who ask. */
  whereabouts: object[];
  /** What `promise` resolves with; meanwhile time passes: enough for daemons to answer. */
  of<T>(promise: Promise<T>, ms?: number): Promise<T>;
  /** Time passes in small steps, so that there are turns of the event loop for what is sent to and fro. */
  pass(ms: number): Promise<void>;
  /** As a worker answers: to `reply_to`. */
  reply(to: Message | undefined, body: unknown, headers?: Headers, properties?: Properties): Promise<void>;
  /** As daemons tell, to whoever listens; what is not said is filled in. */
  tell(about: Message | undefined, ...events: Partial<WorkitemEvent>[]): Promise<void>;
  /** The same, but some events were not sent. */
  tellWithGaps(dropped: number): Promise<void>;
}

export async function openAgency(more: Partial<ClientParts> = {}, hasDaemon = true): Promise<Agency> {
  const clock = manualClock();
  const server = createMemoryServer({ clock });
  const broker = await connectTo(server, 'client', 'ada');
  const others = await connectTo(server, 'daemons', 'ada');
  const limits = { confirmWithinMs: 30_000, callWithinMs: 60_000, maxMessageSize: 1024 * 1024 };
  const parts = { broker, clock, logger: silentLogger, queueType: null, limits, hasEvents: true, user: 'ada', ...more };
  const client = new Client(parts);
  onTestFinished(() => client.close());

  const sent: Message[] = [];
  const take = ({ message }: Delivery): void => void sent.push(message);
  others.consume({ queue: TASKQUEUE, declarations: sharedQueue(TASKQUEUE, null), prefetch: 65_535, onDelivery: take });
  const listeners = new Set<string>();
  const asked: Question[] = [];
  const tellAll = async (events: readonly TaskqueueEvent[], dropped = 0): Promise<void> => {
    for (const queue of listeners) await tell(others, queue, EVENTS, batchOf(events, dropped));
    await clock.advance(0);
  };
  const agency: Agency = {
    clock,
    server,
    broker,
    client,
    sent,
    asked,
    whereabouts: [],
    async of(promise, ms = 2_000) {
      promise.catch(() => undefined); // whoever awaits it hears of it
      await agency.pass(ms);
      return promise;
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= STEP_MS) await clock.advance(Math.min(STEP_MS, left));
    },
    async reply(to, body, headers = { [HEADER.status]: 'finished' }, properties = { contentType: 'application/json' }) {
      const { correlationId, messageId, replyTo = '' } = to?.properties ?? {};
      const outcome = await others.publish({
        exchange: '',
        routingKey: replyTo,
        mandatory: true,
        properties: { ...(correlationId === undefined ? {} : { correlationId }), ...properties },
        headers: { [HEADER.id]: messageId, ...headers },
        body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
      });
      expect(outcome).toEqual({ kind: 'confirmed' });
      await clock.advance(0);
    },
    async tell(about, ...events) {
      const { messageId: id = '', replyTo = null } = about?.properties ?? {};
      const facts = { v: 1, at: clock.now(), id, type: String(about?.headers[HEADER.type]), run: 'run', replyTo };
      await tellAll(events.map((event) => ({ ...facts, ...event }) as WorkitemEvent));
    },
    tellWithGaps: (dropped) => tellAll([], dropped),
  };
  if (hasDaemon) {
    openDaemon(others, 'pool', (question, replyTo) => {
      asked.push(question);
      if (question.kind !== 'listen') return { kind: 'why', whereabouts: agency.whereabouts };
      listeners.add(replyTo);
      return { kind: 'listening' };
    });
  }
  await clock.advance(0);
  return agency;
}

const STEP_MS = 50;
