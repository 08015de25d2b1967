// Plans, deliveries and jobs for the tests of the pool.
import type { GroupConfig, WorkerOptions } from '../../../src/config/config.ts';
import { countsOf } from '../../../src/pool/arrival.ts';
import { type Job, jobFor } from '../../../src/pool/job.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { FakeBroker, type FakeDelivery } from '../../support/fake-broker.ts';
import { message } from '../../support/fake-tools.ts';

export const NOW = 1_000_000;

export const OPTIONS: WorkerOptions = {
  user: null,
  resultsRoutingKey: 'results',
  concurrency: 1,
  maxAttempts: null,
  retryDelayMs: 5_000,
  retryMaxDelayMs: 3_600_000,
  maxCrashes: 3,
  taskTimeoutMs: null,
  killTimeoutMs: 10_000,
  stopTimeoutMs: 30_000,
  startTimeoutMs: 30_000,
  maxTasks: null,
  maxMemory: null,
  workdir: null,
  environment: {},
  mayPublish: null,
};

export function groupConfig(more: Partial<GroupConfig> = {}, options: Partial<WorkerOptions> = {}): GroupConfig {
  return {
    type: 'w',
    group: null,
    name: 'w',
    instances: 1,
    options: { ...OPTIONS, ...options },
    settings: {},
    isConfigured: true,
    ...more,
  };
}

export function plan(options: Partial<WorkerOptions> = {}, more: Partial<GroupPlan> = {}): GroupPlan {
  return {
    group: groupConfig({}, options),
    code: { kind: 'class', module: '/plugins/w/w.js' },
    formats: [],
    defaultWorkitemType: 'application/json',
    workitemTypeMap: {
      'application/json': 'application/x-ruote-workitem',
      'text/plain': 'application/x-basic-workitem',
    },
    maxMessageSize: 1_000,
    fingerprint: 'one',
    ...more,
  };
}

/** For a group of that name, of a type of that name. */
export const planFor = (
  name: string,
  instances = 1,
  options: Partial<WorkerOptions> = {},
  fingerprint = '1',
): GroupPlan => plan({}, { group: groupConfig({ type: name, name, instances }, options), fingerprint });

export const byName = (plans: readonly GroupPlan[]): ReadonlyMap<string, GroupPlan> =>
  new Map(plans.map((one) => [one.group.name, one]));

export type More = Partial<Omit<Message, 'body'>>;

/** As the dispatcher publishes one to the worker queue. */
export function workitem(body: string | Buffer = '{"a":1}', more: More = {}): Message {
  return message(body, {
    properties: { messageId: 'm', ...more.properties },
    headers: { 'tq-type': 'w', 'tq-run': 'run', 'tq-accepted': 1, 'tq-queued': 2, ...more.headers },
  });
}

export function jobOf(
  delivery: FakeDelivery,
  options: Partial<WorkerOptions> = {},
  more: Partial<GroupPlan> = {},
): Job {
  const counts = countsOf(delivery.message.headers);
  return jobFor({ number: 1, delivery, plan: plan(options, more), instance: 'w#1', counts, now: NOW });
}

/** A job of nobody's in particular. */
export function job(more: More = {}, options: Partial<WorkerOptions> = {}, plans: Partial<GroupPlan> = {}): Job {
  return jobOf(new FakeBroker().delivery('worker_w', workitem('{"a":1}', more)), options, plans);
}
