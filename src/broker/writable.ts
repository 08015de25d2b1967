// What cannot be put on the wire. Both adaptors ask here, so that what the memory broker takes, RabbitMQ takes as well.
// Pure.
import { cutToBytes, printable } from '../core/text.ts';
import { type FieldRules, type MeasuredTable, measureTable } from '../workitem/field-table.ts';
import type { Properties } from '../workitem/message.ts';
import type { Outgoing } from './broker.ts';

/** amqplib's buffer for a header table. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_SHORT_STRING_BYTES = 255;
const MAX_OCTET = 255;

/** Why this cannot be written, in one sentence; `undefined` where it can. */
export function unwritableReason(outgoing: Outgoing): string | undefined {
  return weigh(outgoing).problem;
}

interface Weighed {
  /** As `unwritableReason`. */
  readonly problem: string | undefined;
  /** What the headers take on the wire. Of no meaning where there is a problem. */
  readonly headerBytes: number;
}

export function weigh(outgoing: Outgoing): Weighed {
  const { bytes, problem } = measureTable(outgoing.headers, WHATEVER_AMQP_TAKES);
  return {
    problem:
      textProblem('exchange', outgoing.exchange) ??
      textProblem('routing key', outgoing.routingKey) ??
      propertyProblem(outgoing.properties) ??
      headerProblem(bytes, problem),
    headerBytes: bytes,
  };
}

function propertyProblem(properties: Properties): string | undefined {
  for (const name of Object.keys(properties) as (keyof Properties)[]) {
    const value: unknown = properties[name];
    const problem = NUMBERS.has(name) ? numberProblem(name, value) : textProblem(name, value);
    if (value !== undefined && problem !== undefined) return problem;
  }
  return undefined;
}

const NUMBERS: ReadonlySet<string> = new Set(['deliveryMode', 'priority', 'timestamp']);

function numberProblem(name: string, value: unknown): string | undefined {
  const max = name === 'timestamp' ? Number.MAX_SAFE_INTEGER : MAX_OCTET;
  const isWritable = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
  return isWritable ? undefined : `the property ${name} is ${String(value)}, not a whole number up to ${max}`;
}

function textProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return `the ${name} is no text`;
  return Buffer.byteLength(value) > MAX_SHORT_STRING_BYTES
    ? `the ${name} has more than ${MAX_SHORT_STRING_BYTES} bytes: "${printable(cutToBytes(value, 60))}"`
    : undefined;
}

function headerProblem(bytes: number, problem: MeasuredTable['problem']): string | undefined {
  if (problem) return `the header "${printable(cutToBytes(problem.header, 100))}" ${problem.what}`;
  return bytes > MAX_HEADER_BYTES
    ? `the headers have ${bytes} bytes in all, more than the 64 KiB that can be written`
    : undefined;
}

const WHATEVER_AMQP_TAKES: FieldRules = { text: () => undefined, number: () => undefined };
