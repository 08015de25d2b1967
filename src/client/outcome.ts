// What a result says: whose it is, and how that ended. Results come from pools, but also from whatever else consumes from
// a worker queue and answers: of those, only `correlation_id` is expected. Pure.
import { type Content, contentOf } from '../workitem/content.ts';
import { counter, HEADER, wholeNumber } from '../workitem/headers.ts';
import { isJsonObject, ownValue } from '../workitem/json.ts';
import { JSON_RPC } from '../workitem/json-rpc/answer.ts';
import type { Headers, Message } from '../workitem/message.ts';
import { plainContentType } from '../workitem/registry.ts';
import type { TaskFailure } from './errors.ts';
import { responseIn } from './json-rpc.ts';
import type { FinalStatus, ResultNews } from './status.ts';

/** How a task ended, for whoever waits for it. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly failure: TaskFailure & { readonly status: FinalStatus } };

export interface TaskResult {
  readonly outcome: Outcome;
  readonly news: ResultNews;
}

/** The ids of workitems that the result may belong to: the first that is known is right. */
export function idsIn({ headers, properties }: Message): readonly string[] {
  return [headers[HEADER.id], properties.correlationId].filter((id): id is string => typeof id === 'string');
}

export function resultIn(message: Message, id: string): TaskResult {
  const status = statusIn(message.headers);
  const content = contentOf(message);
  const outcome = outcomeOf(id, status, content, plainContentType(message.properties.contentType ?? ''));
  const failure = outcome.kind === 'failure' ? outcome.failure : undefined;
  return { outcome, news: newsIn(message.headers, failure?.status ?? 'FINISHED', failure?.message ?? '') };
}

function outcomeOf(id: string, status: FinalStatus, content: Content, contentType: string): Outcome {
  const failed = (facts: Omit<TaskFailure, 'id' | 'status'> & { readonly status: FinalStatus }): Outcome => ({
    kind: 'failure',
    failure: { id, ...facts },
  });
  if (!content.isReadable) {
    const message = `the result cannot be read: ${content.why}`;
    return failed({ status: status === 'FINISHED' ? 'FAILED' : status, message, code: null, trace: '' });
  }
  const { value } = content;
  const response = contentType === JSON_RPC || status !== 'FINISHED' ? responseIn(value) : undefined;
  if (response?.kind === 'error') {
    const { kind: _, ...error } = response;
    return failed({ ...error, status: status === 'FINISHED' ? 'FAILED' : status });
  }
  if (status === 'FINISHED') return { kind: 'value', value: response === undefined ? value : response.result };
  return failed({ status, code: null, ...errorIn(value, status) });
}

function statusIn(headers: Headers): FinalStatus {
  switch (headers[HEADER.status]) {
    case 'failed':
      return headers[HEADER.reason] === undefined ? 'FAILED' : 'PARKED';
    case 'cancelled':
      return 'CANCELLED';
    case 'expired':
      return 'EXPIRED';
    default:
      return 'FINISHED'; // whoever is not a pool sends results only
  }
}

/** Where a pool writes what went wrong: beside the body's own keys, or behind the body's own text. */
function errorIn(value: unknown, status: FinalStatus): { message: string; trace: string } {
  const [error, trace] = typeof value === 'string' ? errorInText(value) : errorInJson(value);
  return { message: error || `it ended as ${status}, and its worker gave no reason`, trace };
}

function errorInJson(value: unknown): [error: string, trace: string] {
  const [error, trace] = isJsonObject(value) ? [ownValue(value, 'error'), ownValue(value, 'trace')] : [];
  return [typeof error === 'string' ? error : '', typeof trace === 'string' ? trace : ''];
}

/** Behind the body: `Error: …` and, on the next line, `Trace: …`. */
function errorInText(text: string): [error: string, trace: string] {
  const [, error = text, trace = ''] = ONE_LINE.exec(text) ?? SEVERAL_LINES.exec(text) ?? [];
  return [error, trace];
}

const ONE_LINE = /^[\s\S]*\nError: ([^\n]*)\nTrace: ([\s\S]*)$/;
const SEVERAL_LINES = /\nError: ([\s\S]*?)\nTrace: ([\s\S]*)$/;

function newsIn(headers: Headers, status: FinalStatus, reason: string): ResultNews {
  const instance = headers[HEADER.instance];
  return {
    status,
    at: wholeNumber(headers[HEADER.finished]) ?? null,
    attempt: counter(headers, HEADER.attempt, 0) || null,
    instance: typeof instance === 'string' ? instance : null,
    reason,
  };
}
