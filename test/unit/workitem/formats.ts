// What the tests of the formats share.
import type { Codec } from '../../../src/workitem/codec.ts';
import type { Headers, Properties } from '../../../src/workitem/message.ts';
import { builtInFormats, type ContentTypes } from '../../../src/workitem/registry.ts';
import type { Envelope } from '../../../src/workitem/workitem.ts';

export const FORMATS = builtInFormats;

export const TYPES: ContentTypes = {
  whenAbsent: 'application/json',
  map: { 'application/json': 'application/x-ruote-workitem', 'text/plain': 'application/x-basic-workitem' },
};

export const CODEC: Codec = { formats: FORMATS, types: TYPES, maxMessageSize: 1024 * 1024 };

export function envelope(contentType: string, headers: Headers = {}, properties: Properties = {}): Envelope {
  return { id: 'id-1', workerType: 'builder', contentType, headers, properties };
}
