// Sees to it that exchanges, queues and bindings exist. Each step asks on a scratch channel: the broker answers what it
// does not like by closing the channel, and that must never be one that carries work.
//
// First it only looks (passive), which needs no permission and takes everything as it is; only what is missing is made.
import type { Channel } from 'amqplib';
import { TaskqueueError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { doneOrAborted } from '../../core/when-aborted.ts';
import type { DeclareOutcome, QueueInfo } from '../broker.ts';
import type { Binding, Declarations, ExchangeDeclaration, QueueDeclaration } from '../declarations.ts';
import { isReplyAddress } from '../topology.ts';
import { apartFrom } from './apart.ts';
import { brokersWords } from './confirm-channel.ts';
import type { Connection } from './connection.ts';
import { isStream } from './stream.ts';

const NOT_FOUND = 404;
const ACCESS_REFUSED = 403;
const INTERNAL_ERROR = 541;

/**
 * A question takes a journey there and back, and a channel bears one at a time. A daemon has well over a hundred, and its work
 * waits for them: several channels ask at once, one for every few questions. A broker that has just started, with hundreds of
 * daemons coming back, need not open more than these for each of them.
 */
const QUESTIONS_PER_CHANNEL = 8;
const MOST_CHANNELS = 8;

/**
 * @param signal aborts when nobody waits for the outcome any longer: the broker may never answer one of the questions
 * @param open holds what there is no answer about yet
 */
export async function declare(
  connection: Connection,
  all: Declarations,
  logger: Logger,
  signal?: AbortSignal,
  open: Set<string> = new Set(),
): Promise<DeclareOutcome> {
  const scratches = scratchesFor(connection, all);
  const close = (): Promise<unknown> => Promise.all(scratches.map((scratch) => scratch.close()));
  signal?.addEventListener('abort', close);
  try {
    const exchanges = await askEach(scratches, open, all.exchanges, (scratch, { exchange, type, arguments: args }) =>
      scratch.ensure(
        (channel) => channel.checkExchange(exchange),
        (channel) => channel.assertExchange(exchange, type, { durable: true, arguments: args }),
      ),
    );
    const queues = await askEach(scratches, open, all.queues, (scratch, { queue, arguments: args }) =>
      scratch.ensure(
        (channel) => channel.checkQueue(queue),
        (channel) => channel.assertQueue(queue, { durable: true, arguments: args }),
        isStream(args) ? (make) => onAnother(connection, make) : undefined,
      ),
    );
    const isComplete = [...exchanges, ...queues].every((wasThere) => wasThere);
    await askEach(scratches, open, all.bindings, (scratch, binding) => bind(scratch, binding, isComplete, logger));
    return { kind: 'declared' };
  } catch (err) {
    const reason = brokersWords(err);
    return codeOf(err) === undefined ? { kind: 'unknown', reason } : { kind: 'refused', reason };
  } finally {
    signal?.removeEventListener('abort', close);
    await close();
  }
}

function scratchesFor(connection: Connection, { exchanges, queues, bindings }: Declarations): readonly Scratch[] {
  const questions = exchanges.length + queues.length + bindings.length;
  const count = Math.min(MOST_CHANNELS, Math.ceil(questions / QUESTIONS_PER_CHANNEL));
  return Array.from({ length: count }, () => new Scratch(connection));
}

/** Resolves with all answers. After a refusal nothing more is asked; it rejects when what had been asked is answered. */
async function askEach<T extends ExchangeDeclaration | QueueDeclaration | Binding, A>(
  scratches: readonly Scratch[],
  open: Set<string>,
  items: readonly T[],
  ask: (scratch: Scratch, item: T) => Promise<A>,
): Promise<readonly A[]> {
  const answers: A[] = [];
  const left = items.entries();
  let isRefused = false;
  const askInTurn = async (scratch: Scratch): Promise<void> => {
    for (const [at, item] of left) {
      if (isRefused) return;
      const name = nameOf(item);
      open.add(name);
      try {
        answers[at] = await ask(scratch, item);
      } catch (err) {
        isRefused = true;
        throw err;
      } finally {
        open.delete(name);
      }
    }
  };
  const ends = await Promise.allSettled(scratches.map(askInTurn));
  const refusal = ends.find((end) => end.status === 'rejected');
  if (refusal) throw refusal.reason;
  return answers;
}

function nameOf(item: ExchangeDeclaration | QueueDeclaration | Binding): string {
  if ('queue' in item) return `queue ${item.queue}`;
  return 'exchange' in item ? `exchange ${item.exchange}` : `exchange ${item.source}, binding ${item.pattern}`;
}

/** `undefined` where there is no such queue. Rejects with `UNAVAILABLE`. */
export async function queueInfo(connection: Connection, queue: string): Promise<QueueInfo | undefined> {
  if (isReplyAddress(queue)) return undefined; // the question alone may end the connection
  const scratch = new Scratch(connection);
  try {
    const { messageCount, consumerCount } = await scratch.do((channel) => channel.checkQueue(queue));
    return { messages: messageCount, consumers: consumerCount };
  } catch (err) {
    if (codeOf(err) === NOT_FOUND) return undefined;
    const message = `the broker says nothing about queue ${queue}: ${brokersWords(err)}`;
    throw new TaskqueueError('UNAVAILABLE', message, { cause: err });
  } finally {
    await scratch.close();
  }
}

/** Rejects with `UNAVAILABLE`. */
export async function deleteQueue(connection: Connection, queue: string): Promise<void> {
  const scratch = new Scratch(connection);
  try {
    await scratch.do((channel) => channel.deleteQueue(queue));
  } catch (err) {
    const message = `the broker does not delete queue ${queue}: ${brokersWords(err)}`;
    throw new TaskqueueError('UNAVAILABLE', message, { cause: err });
  } finally {
    await scratch.close();
  }
}

/** Bindings can't be looked at. Where an administrator has made everything and gave us less than that, that will do. */
async function bind(scratch: Scratch, binding: Binding, isComplete: boolean, logger: Logger): Promise<void> {
  const { source, pattern, destination } = binding;
  try {
    if ('queue' in destination) await scratch.do((channel) => channel.bindQueue(destination.queue, source, pattern));
    else await scratch.do((channel) => channel.bindExchange(destination.exchange, source, pattern));
  } catch (err) {
    if (!isComplete || codeOf(err) !== ACCESS_REFUSED) throw err;
    logger.debug({ source, pattern, destination, err }, 'not allowed to bind; taken as bound, for all of it exists');
  }
}

type Question = (channel: Channel) => Promise<unknown>;

/** What ends the connection is a refusal, too. */
async function onAnother(connection: Connection, make: Question): Promise<void> {
  await apartFrom(connection, 'streams', async (apart) => {
    try {
      await new Scratch(apart).do(make);
    } catch (err) {
      if (apart.isOpen) throw err;
      throw Object.assign(new Error(await apart.ended, { cause: err }), { code: INTERNAL_ERROR });
    }
  });
}

/** A channel for one question after another; a refused one costs the channel, and the next question opens another. */
class Scratch {
  readonly #connection: Connection;
  #channel: Channel | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** True where it was there, false where it had to be made. `where`: what carries it out, where not this channel. */
  async ensure(
    look: Question,
    make: Question,
    where: (make: Question) => Promise<unknown> = (question) => this.do(question),
  ): Promise<boolean> {
    if (await this.#isThere(look)) return true;
    try {
      await where(make);
      return false;
    } catch (err) {
      if (codeOf(err) === undefined || !(await this.#isThere(look))) throw err;
      return true; // somebody made it meanwhile, in another way
    }
  }

  async #isThere(look: Question): Promise<boolean> {
    try {
      await this.do(look);
      return true;
    } catch (err) {
      if (codeOf(err) !== NOT_FOUND) throw err;
      return false;
    }
  }

  async do<T>(ask: (channel: Channel) => Promise<T>): Promise<T> {
    this.#channel ??= await this.#open();
    return await ask(this.#channel);
  }

  async #open(): Promise<Channel> {
    const channel = await this.#connection.model.createChannel();
    channel.on('error', () => undefined); // whoever asked hears of it
    channel.on('close', () => {
      this.#channel = null;
    });
    return channel;
  }

  async close(): Promise<void> {
    const closed = this.#channel?.close().catch(() => undefined); // it is the connection's end then
    if (closed) await doneOrAborted(closed, this.#connection.over); // no answer comes where that ends meanwhile
  }
}

/** The broker's reply code; without one, it is not the broker who said no. */
function codeOf(err: unknown): number | undefined {
  return err instanceof Error && 'code' in err && typeof err.code === 'number' ? err.code : undefined;
}
