// What users send, and what comes back: every format, through dispatcher and pool manager and a process of its own.
import type { ConsumeMessage, Options } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collection, openClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Pipeline } from '../support/pipeline.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';

const broker = await freshVhost();
const client = await openClient(broker.url);
const pipeline = new Pipeline(
  broker,
  '[ruote]\nresults_routing_key = ruote_workitems\n[silent]\nresults_routing_key =\n',
);
const daemons: Daemon[] = [];
let results: Collection;

beforeAll(async () => {
  pipeline.installActor('actor', 'ruote', 'silent');
  daemons.push(await pipeline.dispatcher(), await pipeline.pool(3));
  await client.declare('results', 'ruote_workitems', 'replies');
  results = await client.collect('results');
});

afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await client.close();
});

async function sent(body: unknown, properties: Options.Publish = {}, queue = 'taskqueue'): Promise<void> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  await client.publish(queue, bytes, properties);
}

async function resultOf(body: unknown, properties: Options.Publish = {}, queue = 'taskqueue'): Promise<ConsumeMessage> {
  await sent(body, properties, queue);
  return (await results.take(1))[0] as ConsumeMessage;
}

const textOf = (message: ConsumeMessage | undefined): string => message?.content.toString() ?? '';
const jsonOf = (message: ConsumeMessage | undefined): unknown => JSON.parse(textOf(message));

const RUOTE = {
  class: 'Ruote::Workitem',
  fei: { engine_id: 'engine', wfid: '20110509-bujodabepo', subid: 'a1b2', expid: '0_0_0' },
  fields: { params: { worker_type: 'actor', ref: 'actor' }, list: [1, null, 'zwölf ✓'], deep: { '': { a: {} } } },
  participant_name: 'taskqueue',
  wf_name: null,
};

describe('a Ruote workitem', () => {
  it('comes back with everything that it had and what the handler changed', async () => {
    const params = { ...RUOTE.fields.params, do: 'set', fields: { changed: true } };
    const fields = { ...RUOTE.fields, params };
    const result = await resultOf({ ...RUOTE, fields });
    expect(jsonOf(result)).toEqual({ ...RUOTE, fields: { ...fields, changed: true } });
    expect(result.properties.contentType).toBe('application/json');
  });

  it('comes back with error and trace, beside everything that it had, where its handler throws', async () => {
    const fields = { ...RUOTE.fields, params: { ...RUOTE.fields.params, do: 'throw', saying: 'no paper' } };
    const result = await resultOf({ ...RUOTE, fields });
    const { trace, ...rest } = jsonOf(result) as { trace: string };
    expect(rest).toEqual({ ...RUOTE, fields, error: 'no paper' });
    expect(trace).toMatch(/TypeError: no paper\n +at .*worker\.js/);
    expect(result.properties.headers?.['tq-status']).toBe('failed');
  });

  it('goes where results_routing_key says', async () => {
    const replies = await client.collect('ruote_workitems');
    const workitem = { ...RUOTE, fields: { params: { worker_type: 'ruote' } } };
    await sent(workitem);
    expect(jsonOf((await replies.take(1))[0])).toEqual(workitem);
  });
});

describe('other formats', () => {
  it('JSON names its worker type at the top', async () => {
    const workitem = { worker_type: 'actor', n: 1.5 };
    expect(jsonOf(await resultOf(workitem, { contentType: 'application/json; charset=utf-8' }))).toEqual(workitem);
  });

  it('text names it in its first word, and comes back as it was', async () => {
    const result = await resultOf('actor two words\nand a line', { contentType: 'text/plain' });
    expect(textOf(result)).toBe('actor two words\nand a line');
    expect(result.properties.contentType).toBe('text/plain');
  });

  it('bytes of any kind travel under the header tq-type, and come back byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, n) => n % 256));
    const result = await resultOf(bytes, { contentType: 'image/x-any', headers: { 'tq-type': 'actor' } });
    expect(result.content.equals(bytes)).toBe(true);
    expect(result.properties.contentType).toBe('image/x-any');
  });

  it('JSON comes back in one way of writing it, with its keys in their order', async () => {
    const result = await resultOf('{ "z" : 1,\n "worker_type":"actor" , "a":"\\u00e9" }');
    expect(textOf(result)).toBe('{"z":1,"worker_type":"actor","a":"é"}');
  });

  it('what is sent to the worker queue directly needs no dispatcher, and its text is all body', async () => {
    expect(textOf(await resultOf('hello there', { contentType: 'text/plain' }, 'worker_actor'))).toBe('hello there');
    expect(jsonOf(await resultOf({ plain: true }, {}, 'worker_actor'))).toEqual({ plain: true });
  });
});

describe('where results go, and what they say', () => {
  it('a result goes to reply_to, with the correlation_id of its workitem', async () => {
    const replies = await client.collect('replies');
    await sent({ worker_type: 'actor' }, { replyTo: 'replies', correlationId: 'c-1', messageId: 'm-1' });
    const [reply] = await replies.take(1);
    expect(reply?.properties).toMatchObject({ correlationId: 'c-1', headers: { 'tq-id': 'm-1' } });
    await sent({ worker_type: 'silent', do: 'throw', saying: 'x' }, { replyTo: 'replies', messageId: 'm-2' });
    const [failed] = await replies.take(1);
    expect(failed?.properties).toMatchObject({ correlationId: 'm-2', headers: { 'tq-status': 'failed' } });
  });

  it('an empty results_routing_key publishes none', async () => {
    await sent({ worker_type: 'silent' }, { messageId: 'unseen' });
    await sent({ worker_type: 'silent', do: 'throw', saying: 'unseen' }, { messageId: 'unseen-2' });
    await untilFailed('unseen-2');
    const next = await resultOf({ worker_type: 'actor' }, { messageId: 'seen' });
    expect(next.properties.correlationId).toBe('seen');
    expect(await client.depth('taskqueue.dead')).toBe(0);
  });

  it('the headers of a result tell who handled what, when, and how it ended', async () => {
    const before = Date.now();
    const { properties, fields } = await resultOf({ worker_type: 'actor' }, { messageId: 'an id' });
    expect(fields).toMatchObject({ exchange: '', routingKey: 'results' });
    expect(properties).toMatchObject({ deliveryMode: 2, correlationId: 'an id' });
    const { headers } = properties;
    expect(headers).toMatchObject({
      'tq-id': 'an id',
      'tq-type': 'actor',
      'tq-status': 'finished',
      'tq-attempt': 1,
      'tq-instance': 'actor#1',
      'tq-host': expect.stringMatching(/./),
      'tq-run': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    });
    expect(headers?.['tq-started']).toBeGreaterThanOrEqual(before);
    expect(headers?.['tq-finished']).toBeGreaterThanOrEqual(headers?.['tq-started']);
  });

  it('an id is given where the sender set none', async () => {
    const { properties } = await resultOf({ worker_type: 'actor' });
    expect(properties.correlationId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(properties.headers?.['tq-id']).toBe(properties.correlationId);
  });
});

describe('what the handler sees', () => {
  it('all that the sender wrote beside the body, and what the dispatcher noted', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const result = await resultOf(
      { worker_type: 'actor', do: 'describe' },
      {
        messageId: 'seen-by-handler',
        priority: 3,
        type: 'a type',
        appId: 'an app',
        timestamp: 1_234_567_890,
        correlationId: 'c-2',
        headers: { traceparent, baggage: 'k=v', 'x-own': { deep: [1, 'two'] } },
      },
    );
    expect(jsonOf(result)).toMatchObject({
      id: 'seen-by-handler',
      workerType: 'actor',
      contentType: 'application/json',
      traceparent,
      properties: { priority: 3, type: 'a type', appId: 'an app', timestamp: 1_234_567_890, correlationId: 'c-2' },
      headers: { traceparent, 'x-own': { deep: [1, 'two'] }, 'tq-routed': 'actor' },
    });
    expect(result.properties.headers).toMatchObject({ traceparent, baggage: 'k=v' });
  });
});

/** Waits until this one has failed, as the log of the pool manager tells. */
async function untilFailed(id: string): Promise<void> {
  const pool = daemons[1] as Daemon;
  await pool.waitForLine(new RegExp(`failed workitem=${id}`));
}
