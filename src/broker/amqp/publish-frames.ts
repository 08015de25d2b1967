// A message to be published as the frames that AMQP wants: the method, the properties, and the body in pieces. What is
// written here has been found writable before, and is to the byte what amqplib would write: `test/unit` compares.
import { HEADER } from '../../workitem/headers.ts';
import type { Outgoing } from '../broker.ts';
import type { Outbox } from './outbox.ts';
import { WRITTEN } from './property-names.ts';
import { writeInt64, writeShortText, writeTable } from './write-table.ts';

interface PublishOptions {
  /** AMQP's number of the channel. */
  readonly channel: number;
  /** Comes back, in a header, with a message that is returned. */
  readonly attempt: number;
  /** How many bytes the headers take: see `broker/writable.ts`. */
  readonly headerBytes: number;
}

const METHOD = 1;
const HEADERS = 2;
const BODY = 3;
const END = 0xce;
/** Type, channel and size in front. */
const START_BYTES = 7;
/** Exchange, routing key and all properties at their longest, and what is of fixed length. */
const MOST_HEAD_BYTES = 14 * 256 + 128;
/** Larger pieces of a body are not copied: two more system calls cost less. */
const COPIED_BYTES = 16 * 1024;

export function sendPublish(outbox: Outbox, outgoing: Outgoing, options: PublishOptions): void {
  const { channel, headerBytes } = options;
  const { body } = outgoing;
  outbox.add(MOST_HEAD_BYTES + headerBytes, (target, start) =>
    writeProperties(target, writeMethod(target, start, outgoing, channel), outgoing, options),
  );
  const mostBytes = outbox.frameMax - START_BYTES - 1;
  for (let from = 0; from < body.length; from += mostBytes) {
    const piece = body.length <= mostBytes ? body : body.subarray(from, from + mostBytes);
    if (piece.length <= COPIED_BYTES) {
      outbox.add(START_BYTES + piece.length + 1, (target, start) => {
        target.set(piece, start + START_BYTES);
        return framed(target, start, start + START_BYTES + piece.length, BODY, channel);
      });
    } else {
      outbox.add(START_BYTES, (target, start) => writeStart(target, start, BODY, channel, piece.length));
      outbox.pass(piece);
      outbox.add(1, (target, start) => target.writeUInt8(END, start));
    }
  }
}

/** Class 60, method 40, and a field that nothing uses. */
const BASIC_PUBLISH = [0, 60, 0, 40, 0, 0];

function writeMethod(target: Buffer, start: number, outgoing: Outgoing, channel: number): number {
  let at = writeBytes(target, BASIC_PUBLISH, start + START_BYTES);
  at = writeShortText(target, outgoing.exchange, at);
  at = writeShortText(target, outgoing.routingKey, at);
  at = target.writeUInt8(outgoing.mandatory ? 1 : 0, at);
  return framed(target, start, at, METHOD, channel);
}

/** Class 60, and a field that nothing uses. */
const BASIC = [0, 60, 0, 0];

const FIRST_FLAG = 0x8000;

function writeProperties(target: Buffer, start: number, outgoing: Outgoing, options: PublishOptions): number {
  const { properties, headers, body } = outgoing;
  const flagsAt = writeInt64(target, body.length, writeBytes(target, BASIC, start + START_BYTES));
  let at = flagsAt + 2;
  let flags = 0;
  for (let index = 0; index < WRITTEN.length; index++) {
    const name = WRITTEN[index] as (typeof WRITTEN)[number];
    const value = name === 'headers' ? headers : properties[name];
    if (value === undefined) continue;
    flags |= FIRST_FLAG >> index;
    if (typeof value === 'string') at = writeShortText(target, value, at);
    else if (typeof value === 'object') at = writeTable(target, value, at, [HEADER.publish, options.attempt]);
    else at = name === 'timestamp' ? writeInt64(target, value, at) : target.writeUInt8(value, at);
  }
  target.writeUInt16BE(flags, flagsAt);
  return framed(target, start, at, HEADERS, options.channel);
}

function writeBytes(target: Buffer, bytes: readonly number[], start: number): number {
  let at = start;
  for (const byte of bytes) target[at++] = byte;
  return at;
}

/** Puts the rest of a frame around what has been written between: returns where it ends. */
function framed(target: Buffer, start: number, end: number, type: number, channel: number): number {
  writeStart(target, start, type, channel, end - start - START_BYTES);
  return target.writeUInt8(END, end);
}

function writeStart(target: Buffer, start: number, type: number, channel: number, bytes: number): number {
  target[start] = type;
  target.writeUInt16BE(channel, start + 1);
  return target.writeUInt32BE(bytes, start + 3);
}
