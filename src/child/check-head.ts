// The door for all that child processes say: plugin code runs there, so nothing in a head is believed. What comes out
// has exactly the type that it claims, and is bounded; whether it is allowed *now* is for the receiver to decide.
import { TaskqueueError } from '../core/errors.ts';
import {
  type Check,
  finiteNumber,
  name,
  notNegative,
  oneOf,
  orNull,
  partial,
  prose,
  record,
  table,
  union,
  wholeNumber,
} from '../workitem/check.ts';
import type { Properties } from '../workitem/message.ts';
import type { WorkitemError } from '../workitem/workitem.ts';
import type { FromFormatReader, FromWorker, WorkerOutcome } from './protocol.ts';

const SAID = 'the child sent head';

/** A frame from a worker process. @throws TaskqueueError `PROTOCOL` */
export function checkFromWorker(head: unknown, bodyLength: number): FromWorker {
  const checked = fromWorker(head, SAID);
  if (bodyLength > 0 && !mayHaveBody(checked)) throw unwantedBody(checked.kind, bodyLength);
  return checked;
}

/** A frame from the process that reads plugins' formats. @throws TaskqueueError `PROTOCOL` */
export function checkFromFormatReader(head: unknown, bodyLength: number): FromFormatReader {
  const checked = fromFormatReader(head, SAID);
  if (bodyLength > 0) throw unwantedBody(checked.kind, bodyLength);
  return checked;
}

/** For child processes: a daemon's own heads are what they say they are. */
export function trustHead<Head extends { readonly kind: string }>(head: unknown): Head {
  return head as Head;
}

/** Characters. What is longer is cut where people read it, and refused where programs act on it. */
export const TEXT_LIMITS = {
  contentType: 1024,
  name: 1024,
  error: 16 * 1024,
  trace: 64 * 1024,
  logMessage: 64 * 1024,
  note: 1024,
} as const;

const MAX_DEPTH = 32;

const failure = record<WorkitemError>({ error: prose(TEXT_LIMITS.error), trace: prose(TEXT_LIMITS.trace) });
const error = prose(TEXT_LIMITS.error);
const shortText = name(TEXT_LIMITS.name);
const withResult = { contentType: orNull(name(TEXT_LIMITS.contentType)) };

const outcome: Check<WorkerOutcome> = union<WorkerOutcome>({
  finished: record(withResult),
  threw: record({ failure, ...withResult }),
  unsupported: record({ failure, ...withResult }),
  partly: record({ failure, ...withResult }),
  unreadable: record({ error }),
  retryLater: record({ delayMs: notNegative, error }),
  rejected: record({ error }),
});

const properties: Check<Properties> = partial<Properties>({
  contentType: shortText,
  contentEncoding: shortText,
  deliveryMode: wholeNumber,
  priority: wholeNumber,
  correlationId: shortText,
  replyTo: shortText,
  expiration: shortText,
  messageId: shortText,
  timestamp: wholeNumber,
  type: shortText,
  userId: shortText,
  appId: shortText,
});

const hello = record({ version: wholeNumber, release: shortText });

const fromWorker: Check<FromWorker> = union<FromWorker>({
  hello,
  ready: record({}),
  unloadable: record({ failure }),
  outcome: record({ job: wholeNumber, outcome }),
  publish: record({
    job: wholeNumber,
    call: wholeNumber,
    target: orNull(record({ exchange: shortText, routingKey: shortText })),
    status: oneOf('finished', 'failed'),
    properties,
    headers: table(MAX_DEPTH),
  }),
  progress: record({ job: wholeNumber, fraction: finiteNumber, note: prose(TEXT_LIMITS.note) }),
  log: record({
    job: orNull(wholeNumber),
    level: oneOf('debug', 'info', 'warn', 'error'),
    message: prose(TEXT_LIMITS.logMessage),
    fields: table(MAX_DEPTH),
  }),
});

const fromFormatReader: Check<FromFormatReader> = union<FromFormatReader>({
  hello,
  ready: record({}),
  routed: record({ job: wholeNumber, type: shortText }),
  unreadable: record({ job: wholeNumber, error }),
});

/** Only a result, and what a plugin publishes, come with a body. */
function mayHaveBody(head: FromWorker): boolean {
  switch (head.kind) {
    case 'publish':
      return true;
    case 'outcome':
      return 'contentType' in head.outcome && head.outcome.contentType !== null;
    case 'hello':
    case 'ready':
    case 'unloadable':
    case 'progress':
    case 'log':
      return false;
    default:
      return head satisfies never;
  }
}

function unwantedBody(kind: string, bodyLength: number): TaskqueueError {
  return new TaskqueueError('PROTOCOL', `the child sent "${kind}" with a body of ${bodyLength} bytes: none is wanted`);
}
