// `taskqueue dead show`: everything about one message, for people or as JSON. Pure. All of it comes from others: what a
// terminal would act on is escaped, and nothing is shown without end.
import { cutToBytes, printable, utf8Of } from '../../core/text.ts';
import { factsOf, type ParkedFacts } from '../../parked/facts.ts';
import { HEADER } from '../../workitem/headers.ts';
import { jsonCopy } from '../../workitem/json-copy.ts';
import type { Message } from '../../workitem/message.ts';
import { ageText, isoText } from '../time-text.ts';
import { bodyText } from './body-text.ts';
import { rowData } from './list-text.ts';

const MAX_VALUE_BYTES = 2_048;
const MAX_TRACE_BYTES = 16 * 1024;
const MAX_JSON_BODY = 1024 * 1024;

export function messageText(message: Message, now: number): string {
  const facts = factsOf(message);
  const { [HEADER.trace]: trace, ...headers } = message.headers;
  const sections = [
    pairs(summaryOf(facts, now)),
    section('properties', pairs(Object.entries(message.properties).map(([name, value]) => [name, String(value)]))),
    section('headers', pairs(Object.entries(headers).map(([name, value]) => [name, valueText(value)]))),
    typeof trace === 'string' ? section('trace', lines(cutToBytes(trace, MAX_TRACE_BYTES))) : '',
    section(bodyTitle(facts), bodyText(message.body)),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function summaryOf(facts: ParkedFacts, now: number): [name: string, value: string][] {
  const parked = `${isoText(facts.at) || 'nobody knows when'}${facts.at === null ? '' : `, ${ageText(facts.at, now)} ago`}`;
  const all: [string, string][] = [
    ['run', facts.run],
    ['id', facts.id],
    ['kind', facts.kind === 'result' ? 'a result that could not be delivered' : 'workitem'],
    ['type', facts.type],
    ['reason', facts.reason],
    ['error', facts.error],
    ['fingerprint', facts.fingerprint],
    ['parked', parked],
    ['by', facts.where],
    ['queue', facts.queue],
    ['attempt', String(facts.attempt)],
    ['reported', facts.isReported ? 'yes: a failed result has been published' : 'no'],
  ];
  return all.filter(([, value]) => value !== '');
}

function bodyTitle({ bytes, contentType }: ParkedFacts): string {
  return `body: ${bytes} bytes${contentType === '' ? '' : `, ${contentType}`}`;
}

function section(title: string, text: string): string {
  if (text === '') return '';
  return `${printable(title)}\n${text.replace(/^(?=.)/gm, '  ')}`;
}

function pairs(all: readonly (readonly [name: string, value: string])[]): string {
  const width = all.reduce((most, [name]) => Math.max(most, Math.min(28, name.length)), 0);
  return all.map(([name, value]) => `${printable(name).padEnd(width)}  ${printable(value)}\n`).join('');
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : jsonCopy({ value }).slice('{"value":'.length, -1);
  return cutToBytes(text, MAX_VALUE_BYTES);
}

function lines(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${printable(line)}\n`)
    .join('');
}

/** One line of JSON: what `list` tells, and the message itself. Its fields are part of the interface. */
export function messageJson(message: Message): string {
  const { properties, headers, body } = message;
  const isCut = body.length > MAX_JSON_BODY;
  const text = utf8Of(body.subarray(0, MAX_JSON_BODY), isCut);
  const shown =
    text === undefined
      ? { encoding: 'base64', content: body.subarray(0, MAX_JSON_BODY).toString('base64'), isCut }
      : { encoding: 'utf-8', content: text, isCut };
  const copy: unknown = JSON.parse(jsonCopy(headers));
  return `${JSON.stringify({ ...rowData(factsOf(message)), properties, headers: copy, body: shown })}\n`;
}
