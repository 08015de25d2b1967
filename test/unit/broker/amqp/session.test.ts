// A session whose direct replies have a connection of their own: alarms and ends are those of all its connections.
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { Connection } from '../../../../src/broker/amqp/connection.ts';
import { Session } from '../../../../src/broker/amqp/session.ts';
import { deferred } from '../../../../src/core/deferred.ts';
import { fakeTools, message } from '../../../support/fake-tools.ts';
import { never } from './silent-connection.ts';

const ADDRESS = 'amq.rabbitmq.reply-to.g1h2.abc';
const reply = { ...message('done'), exchange: '', routingKey: ADDRESS, mandatory: false };
const work = { ...reply, routingKey: 'results' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One whose channels take for ever to open. */
function fakeConnection(another: () => Promise<Connection> = never) {
  const ended = deferred<string>();
  const over = new AbortController();
  const state = { channels: 0, isClosed: false };
  const createConfirmChannel = (): Promise<never> => {
    state.channels++;
    return never();
  };
  const model = Object.assign(new EventEmitter(), { createConfirmChannel });
  const close = async (): Promise<void> => {
    state.isClosed = true;
    ended.resolve('closed');
    over.abort();
  };
  const parts = { model, ended: ended.promise, over: over.signal, isOpen: true, endCode: null, another, close };
  return { connection: parts as unknown as Connection, model, state };
}

function sessionWith(another: () => Promise<Connection>) {
  const { clock, logger, lines } = fakeTools();
  const publishing = fakeConnection(another);
  const session = new Session('host', publishing.connection, fakeConnection().connection, clock, logger);
  const blocked: (string | null)[] = [];
  session.onBlocked = (reason) => blocked.push(reason);
  return { session, publishing, blocked, lines };
}

it('an alarm that only the connection for direct replies hears of is one of the session, and told once', async () => {
  const replies = fakeConnection();
  const { session, publishing, blocked } = sessionWith(async () => replies.connection);
  void session.publish(reply, undefined);
  await turn();
  replies.model.emit('blocked', 'low on memory');
  expect(blocked).toEqual(['low on memory']);
  publishing.model.emit('blocked', 'low on memory');
  expect(blocked).toEqual(['low on memory']);
  replies.model.emit('unblocked');
  expect(blocked).toHaveLength(1);
  publishing.model.emit('unblocked');
  expect(blocked).toEqual(['low on memory', null]);
});

it('an alarm is over with the connection that has heard of it', async () => {
  const replies = fakeConnection();
  const { session, blocked } = sessionWith(async () => replies.connection);
  void session.publish(reply, undefined);
  await turn();
  replies.model.emit('blocked', 'low on disk');
  await replies.connection.close();
  await turn();
  expect(blocked).toEqual(['low on disk', null]);
});

it('a session that is abandoned sends no direct reply any more, and closes their connection', async () => {
  const replies = fakeConnection();
  const { session } = sessionWith(async () => replies.connection);
  const outcomes = [session.publish(reply, undefined), session.publish(work, undefined)];
  await turn();
  session.abandon('stopped');
  for (const outcome of outcomes) expect(await outcome).toEqual({ kind: 'unknown', reason: 'stopped' });
  await session.close();
  expect(replies.state.isClosed).toBe(true);
});

it('nor one whose connection is only made then', async () => {
  const replies = fakeConnection();
  const made = deferred<Connection>();
  const { session } = sessionWith(() => made.promise);
  const outcome = session.publish(reply, undefined);
  session.abandon('stopped');
  made.resolve(replies.connection);
  expect(await outcome).toEqual({ kind: 'unknown', reason: 'stopped' });
  expect(replies.state.channels).toBe(0);
});

it('that there is no connection for direct replies is told once for as long as that lasts', async () => {
  const replies = fakeConnection();
  let isRefused = true;
  const { session, lines } = sessionWith(async () => {
    if (isRefused) throw new Error('connection limit reached');
    return replies.connection;
  });
  for (const _ of [1, 2]) expect((await session.publish(reply, undefined)).kind).toBe('unknown');
  const told = { level: 'warn', fields: { reason: 'connection limit reached' } };
  expect(lines).toMatchObject([told]);
  isRefused = false;
  void session.publish(reply, undefined);
  await turn();
  await replies.connection.close();
  await turn();
  isRefused = true;
  await session.publish(reply, undefined);
  expect(lines).toMatchObject([told, told]);
});
