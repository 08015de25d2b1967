// A result as it travels.
import { formatSize } from '../core/size.ts';

/** Its body and its content type. */
export interface EncodedResult {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What is said of one that is larger than it may be. */
export function tooLarge(bytes: number, maxMessageSize: number): string {
  return `result too large: ${bytes} bytes, max_message_size = ${formatSize(maxMessageSize)}`;
}
