// A message whose properties amqplib cannot decode – a header table nested some thousands deep overflows its stack –
// would end the connection each time it is delivered, for ever. So where the decoder fails at the properties of a
// message, the message is let through, with a header in place of them that says why: it can be settled and parked.
//
// Reaches into amqplib, which has no door for this: `recvFrame` takes one frame off `rest` and decodes it.
// `test/contract/amqp-hostile.test.ts` notices when that changes.
import type { ChannelModel } from 'amqplib';
import { messageOf } from '../../core/errors.ts';
import { unreadable } from './properties.ts';

interface Internals {
  rest: Buffer;
  recvFrame(): unknown;
}

const HEADER_FRAME = 2;
const BASIC_PROPERTIES = 60;

export function guardFrames(model: ChannelModel): void {
  const connection: unknown = model.connection;
  if (!hasInternals(connection)) throw new Error('this version of amqplib has no recvFrame: see frame-guard.ts');
  const recvFrame = connection.recvFrame.bind(connection);
  connection.recvFrame = () => {
    const frame = connection.rest;
    try {
      return recvFrame();
    } catch (err) {
      if (connection.rest === frame || !isHeader(frame)) throw err; // no frame was taken off, or it is another's failure
      return withoutProperties(frame, messageOf(err));
    }
  };
}

function hasInternals(connection: unknown): connection is Internals {
  return (
    typeof connection === 'object' &&
    connection !== null &&
    'rest' in connection &&
    'recvFrame' in connection &&
    typeof connection.recvFrame === 'function'
  );
}

/** Begins with a whole frame that holds the properties of a message. Before the payload: type, channel (2), size (4). */
function isHeader(bytes: Buffer): boolean {
  return bytes.length > 8 && bytes[0] === HEADER_FRAME && bytes.length >= bytes.readUInt32BE(3) + 8;
}

/** As amqplib's own decoder gives it. The payload begins with class (2), weight (2), body size (8). */
function withoutProperties(frame: Buffer, why: string): unknown {
  const headers = { unreadable: unreadable(`the properties of this message cannot be decoded: ${why}`) };
  return {
    id: BASIC_PROPERTIES,
    channel: frame.readUInt16BE(1),
    size: Number(frame.readBigUInt64BE(11)),
    fields: { headers },
  };
}
