// Writes texts and header tables as AMQP wants them, into a buffer that has room for them: `broker/writable.ts` has looked
// before. To the byte what amqplib would write, without its copies.
import type { Headers } from '../../workitem/message.ts';

/** A table with its length in front. `last`: one more entry, in place of any of that name. Returns where it ends. */
export function writeTable(target: Buffer, table: Headers, start: number, last?: readonly [string, unknown]): number {
  let at = start + 4;
  for (const name of Object.keys(table)) {
    if (name !== last?.[0]) at = writeEntry(target, name, table[name], at);
  }
  if (last) at = writeEntry(target, ...last, at);
  target.writeUInt32BE(at - start - 4, start);
  return at;
}

/** Text of at most 255 bytes, with its length in front. */
export function writeShortText(target: Buffer, text: string, start: number): number {
  const at = writeText(target, text, start + 1);
  target[start] = at - start - 1;
  return at;
}

/** Longer texts are better left to Node. */
const SHORT_LENGTH = 64;

function writeText(target: Buffer, text: string, start: number): number {
  const { length } = text;
  if (length > SHORT_LENGTH) return start + target.write(text, start);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return start + target.write(text, start);
    target[start + index] = code;
  }
  return start + length;
}

function writeEntry(target: Buffer, name: string, value: unknown, start: number): number {
  return value === undefined ? start : writeValue(target, value, writeShortText(target, name, start));
}

const [TEXT, LIST, TABLE, BYTES, BOOLEAN, VOID] = [0x53, 0x41, 0x46, 0x78, 0x74, 0x56]; // S A F x t V
const [TIMESTAMP, DECIMAL, DOUBLE] = [0x54, 0x44, 0x64]; // T D d
const [INT8, INT16, INT32, INT64] = [0x62, 0x73, 0x49, 0x6c]; // b s I l

function writeValue(target: Buffer, value: unknown, at: number): number {
  switch (typeof value) {
    case 'string': {
      target[at] = TEXT;
      const end = writeText(target, value, at + 5);
      target.writeUInt32BE(end - at - 5, at + 1);
      return end;
    }
    case 'number':
      return writeNumber(target, value, at);
    case 'boolean':
      target[at] = BOOLEAN;
      target[at + 1] = value ? 1 : 0;
      return at + 2;
    default:
      return writeObject(target, value as object | null, at);
  }
}

/** Whole numbers as small as they can be. The bounds are those of `numberBytes` in `workitem/field-table.ts`. */
function writeNumber(target: Buffer, value: number, at: number): number {
  if (value >= 2 ** 63 || (Math.abs(value) < 2 ** 50 && !Number.isInteger(value))) {
    target[at] = DOUBLE;
    return target.writeDoubleBE(value, at + 1);
  }
  if (value >= -(2 ** 7) && value < 2 ** 7) {
    target[at] = INT8;
    return target.writeInt8(value, at + 1);
  }
  if (value >= -(2 ** 15) && value < 2 ** 15) {
    target[at] = INT16;
    return target.writeInt16BE(value, at + 1);
  }
  if (value >= -(2 ** 31) && value < 2 ** 31) {
    target[at] = INT32;
    return target.writeInt32BE(value, at + 1);
  }
  target[at] = INT64;
  return writeInt64(target, value, at + 1);
}

/** Two halves are several times as fast as a BigInt. */
export function writeInt64(target: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 2 ** 32);
  target.writeInt32BE(high, at);
  return target.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

function writeObject(target: Buffer, value: object | null, at: number): number {
  if (value === null) {
    target[at] = VOID;
    return at + 1;
  }
  if (Array.isArray(value)) {
    target[at] = LIST;
    return writeList(target, value, at + 1);
  }
  if (Buffer.isBuffer(value)) {
    target[at] = BYTES;
    target.writeUInt32BE(value.length, at + 1);
    return at + 5 + value.copy(target, at + 5);
  }
  if (Object.hasOwn(value, '!')) return writeTyped(target, value as Typed, at);
  target[at] = TABLE;
  return writeTable(target, value as Headers, at + 1);
}

function writeList(target: Buffer, list: readonly unknown[], start: number): number {
  let at = start + 4;
  for (const value of list) at = writeValue(target, value, at);
  target.writeUInt32BE(at - start - 4, start);
  return at;
}

/** amqplib's way to keep the types that JavaScript lacks: see `workitem/field-table.ts`. */
type Typed =
  | { readonly '!': 'timestamp'; readonly value: number }
  | { readonly '!': 'decimal'; readonly value: { readonly places: number; readonly digits: number } };

function writeTyped(target: Buffer, typed: Typed, at: number): number {
  switch (typed['!']) {
    case 'timestamp':
      target[at] = TIMESTAMP;
      return writeInt64(target, typed.value, at + 1);
    case 'decimal':
      target[at] = DECIMAL;
      target[at + 1] = typed.value.places;
      return target.writeUInt32BE(typed.value.digits, at + 2);
    default:
      return typed satisfies never;
  }
}
