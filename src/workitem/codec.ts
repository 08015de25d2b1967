// How bodies are read and written in a process: part of its configuration.
import type { FormatTable } from './format.ts';
import type { ContentTypes } from './registry.ts';

export interface Codec {
  readonly formats: FormatTable;
  readonly types: ContentTypes;
  /** Bytes that a result may have. */
  readonly maxMessageSize: number;
}
