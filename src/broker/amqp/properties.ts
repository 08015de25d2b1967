// The messages that amqplib has received, as ours.
//
// Header tables come from anybody. amqplib's decoder assigns keys plainly, so a table under the key `__proto__` becomes
// the prototype of its table, and its encoder walks inherited keys too: what is received is therefore copied, own keys
// only, and not deeper than can be written again.
import type { ConsumeMessage } from 'amqplib';
import { MAX_TABLE_DEPTH } from '../../workitem/field-table.ts';
import { type HeaderTable, put } from '../../workitem/header-table.ts';
import { HEADER } from '../../workitem/headers.ts';
import type { Headers, Message } from '../../workitem/message.ts';
import { PROPERTIES } from './property-names.ts';

/** Stands where a value could not be read. There is no such type: a message that has it is unwritable, and says why. */
export function unreadable(why: string): unknown {
  return { '!': 'unreadable', value: why };
}

export function messageFrom(received: Pick<ConsumeMessage, 'properties' | 'content'>): Message {
  const properties: Record<string, unknown> = {};
  for (const name of PROPERTIES) {
    const value: unknown = received.properties[name];
    if (value !== undefined) properties[name] = value;
  }
  return { properties, headers: headersFrom(received.properties.headers), body: received.content };
}

/** The name of an attempt to publish is between the publisher and its broker: a receiver does not see it. */
function headersFrom(table: object | undefined): Headers {
  return table === undefined ? {} : copyOfTable(table, 1, HEADER.publish);
}

function copyOfTable(table: object, depth: number, without?: string): HeaderTable {
  const copy: HeaderTable = {};
  for (const name of Object.keys(table)) {
    if (name !== without) put(copy, name, copyOf((table as HeaderTable)[name], depth));
  }
  return copy;
}

function copyOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if (depth > MAX_TABLE_DEPTH) return unreadable(`nested deeper than ${MAX_TABLE_DEPTH} levels`);
  return Array.isArray(value) ? value.map((inner) => copyOf(inner, depth + 1)) : copyOfTable(value, depth + 1);
}
