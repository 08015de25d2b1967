// Some messages can be received but not published again as they are. They are parked instead: changing silently what a
// sender wrote would be worse. Pure.
import { cutToBytes, printable } from '../core/text.ts';
import { type FieldRules, measureTable } from './field-table.ts';
import { isFromSender } from './headers.ts';
import type { Headers, Message, Properties } from './message.ts';
import { travels } from './relay.ts';

/** amqplib's buffer for a header table has 64 KiB; what a sender leaves of it is for our own headers. */
const MAX_SENDER_HEADER_BYTES = 60 * 1024;
const MAX_HEADER_BYTES = 63 * 1024;
const MAX_SHORT_STRING_BYTES = 255;

/** Why this message cannot be published again unchanged: one sentence that names the header or property. */
export function uncarriableReason(message: Message): string | undefined {
  return propertyProblem(message.properties) ?? headerProblem(message.headers);
}

function propertyProblem(properties: Properties): string | undefined {
  for (const name of Object.keys(properties) as (keyof Properties)[]) {
    const fault = propertyFault(name, properties[name]);
    if (fault !== undefined) return `the property ${name} ${fault}`;
  }
  return undefined;
}

/** What is wrong with the value of a property, such as `holds text that is not UTF-8`. */
export function propertyFault(name: string, value: unknown): string | undefined {
  if (typeof value === 'number') {
    const max = name === 'timestamp' ? Number.MAX_SAFE_INTEGER : 255;
    const isWhole = Number.isInteger(value) && value >= 0 && value <= max;
    return isWhole ? undefined : `is ${value}, not a whole number up to ${max}`;
  }
  if (typeof value !== 'string') return value === undefined ? undefined : 'is neither text nor a number';
  const isShort = Buffer.byteLength(value) <= MAX_SHORT_STRING_BYTES;
  return RULES.text(value) ?? (isShort ? undefined : `has more than ${MAX_SHORT_STRING_BYTES} bytes`);
}

function headerProblem(headers: Headers): string | undefined {
  const all = measureTable(headers, RULES, travels);
  if (all.problem) return `the header "${nameOf(all.problem.header)}" ${all.problem.what}`;
  if (all.bytes <= MAX_SENDER_HEADER_BYTES) return undefined;
  const theirs = measureTable(headers, RULES, (name) => travels(name) && isFromSender(name)).bytes;
  const isTooMuch = theirs > MAX_SENDER_HEADER_BYTES || all.bytes > MAX_HEADER_BYTES;
  return isTooMuch
    ? `the headers have ${all.bytes} bytes in all, more than the 60 KiB that can be passed on`
    : undefined;
}

const nameOf = (header: string): string => printable(cutToBytes(header, 100));

/** amqplib reads text as UTF-8 and puts U+FFFD where it is none; and it reads 64-bit integers into doubles. */
const RULES: FieldRules = {
  text: (text) => (text.includes('\ufffd') || LONE_SURROGATE.test(text) ? 'holds text that is not UTF-8' : undefined),
  number: (number) =>
    Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) <= 2 ** 63
      ? `holds the number ${number}, whose last digits are lost already`
      : undefined,
};

const LONE_SURROGATE = /\p{Surrogate}/u;
