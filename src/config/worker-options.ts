// The options of workers, the second half of the table that `options.ts` begins.
import type { WorkerOptions } from './config.ts';
import { absolutePath, duration, line, optional, orEmpty, orNone, shown, size, wholeNumber } from './kinds.ts';
import type { OptionTable } from './option.ts';
import { destinations, environment } from './structured-kinds.ts';

/** Options of `[DEFAULT]`, `[taskqueue]`, the section of a type and that of a group: the nearest counts. */
export const WORKER_OPTIONS: OptionTable<WorkerOptions> = {
  user: {
    key: 'user',
    kind: optional(
      line((text) => (/^[^\s:/,-][^\s:/,]*$/.test(text) ? undefined : `${shown(text)} is no name of a user`)),
    ),
    fallback: null,
    doc: "The system user that the worker processes run as, with the groups it is in. Left out: taskqueue-worker where the pool manager is root, else the pool manager's own user.",
    shown: 'taskqueue-worker',
  },
  resultsRoutingKey: {
    key: 'results_routing_key',
    kind: orEmpty(line((text) => (Buffer.byteLength(text) <= 255 ? undefined : 'a routing key has at most 255 bytes'))),
    fallback: 'results',
    doc: 'Where results go that have no reply_to: the name of a queue. Empty: they are not published.',
  },
  concurrency: {
    key: 'concurrency',
    kind: wholeNumber(1, 1000),
    fallback: 1,
    doc: 'How many workitems one process handles at the same time.',
  },
  maxAttempts: {
    key: 'max_attempts',
    kind: optional(wholeNumber(1, 1_000_000)),
    fallback: null,
    doc: 'How often a workitem whose handler throws is tried; a sender may ask for less. Left out: once, unless its sender asks for more.',
    example: '3',
  },
  retryDelayMs: {
    key: 'retry_delay',
    kind: duration(0),
    fallback: 5_000,
    doc: 'How long a workitem waits for its second attempt; the delay doubles with each further one.',
  },
  retryMaxDelayMs: {
    key: 'retry_max_delay',
    kind: duration(0),
    fallback: 3_600_000,
    doc: 'The longest such delay.',
  },
  maxCrashes: {
    key: 'max_crashes',
    kind: wholeNumber(1, 1_000_000),
    fallback: 3,
    doc: 'How many worker processes may die at one workitem, before it is parked.',
  },
  taskTimeoutMs: {
    key: 'task_timeout',
    kind: orNone(duration(1)),
    fallback: null,
    doc: 'How long a handler may run. It is asked to stop then, and killed after kill_timeout.',
  },
  killTimeoutMs: {
    key: 'kill_timeout',
    kind: duration(0),
    fallback: 10_000,
    doc: 'How long a handler may take to stop, once its time is up or its workitem cancelled; then its process is killed.',
  },
  stopTimeoutMs: {
    key: 'stop_timeout',
    kind: duration(0),
    fallback: 30_000,
    doc: 'How long running workitems may take to finish when the pool manager stops; then they go back to the broker. In a reload they finish in any case: this is how long the process that replaces theirs waits for them before it starts beside them.',
  },
  startTimeoutMs: {
    key: 'start_timeout',
    kind: duration(1),
    fallback: 30_000,
    doc: 'How long a worker process may take until it is ready.',
  },
  maxTasks: {
    key: 'max_tasks',
    kind: orNone(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    fallback: null,
    doc: 'After how many workitems a process is replaced by a new one. It works on until that one is ready.',
  },
  maxMemory: {
    key: 'max_memory',
    kind: orNone(size(1024 ** 2, 1024 ** 5)),
    fallback: null,
    doc: 'At how much memory (64M, 1G) of its own a process is replaced by a new one, between workitems. It works on until that one is ready.',
  },
  workdir: {
    key: 'workdir',
    kind: optional(absolutePath),
    fallback: null,
    doc: "The directory that the processes work in. Left out: /var/lib/taskqueue/<type> where that exists, else the user's home.",
    example: '/var/lib/taskqueue/simplebuilder',
  },
  environment: {
    key: 'environment',
    kind: environment,
    fallback: {},
    doc: 'Variables for the processes, NAME=value between commas or on lines of their own; "NAME=a,b" may hold commas.',
    example: 'LANG=C.UTF-8, DEB_BUILD_OPTIONS=nocheck',
  },
  mayPublish: {
    key: 'may_publish',
    kind: destinations,
    fallback: null,
    doc: 'Where a plugin that reports results itself may publish: routing keys or exchange/routing-key, with * at the end for any ending. * is anywhere, nothing is nowhere.',
  },
};

/** How many processes, and which groups: read by `level.ts`, since what `workers` means depends on its section. */
export const COUNT_KEYS = { instances: 'instances', workers: 'workers', subgroups: 'subgroups' } as const;

interface CountDoc {
  readonly key: string;
  readonly shown: string;
  readonly doc: string;
}

export const COUNT_DOCS: readonly [CountDoc, CountDoc] = [
  {
    key: COUNT_KEYS.instances,
    shown: '1',
    doc: 'How many worker processes run for a type, or for each of its groups; 0 = none. May be written workers, too, except in [taskqueue].',
  },
  {
    key: COUNT_KEYS.subgroups,
    shown: 'group1, group2',
    doc: 'Only in the section of a type: names of groups, each with processes, and a section [<type>_<group>], of its own. May be written workers, too.',
  },
];

export const DEFAULT_INSTANCES = 1;
