// A body of any kind on a terminal: as text where it is text, else in hex; its beginning, where it is long. Pure.
import { printable, utf8Of } from '../../core/text.ts';

const MAX_TEXT_BYTES = 4_096;
const MAX_HEX_BYTES = 512;
const HEX_ROW = 16;

export function bodyText(body: Buffer): string {
  const text = utf8Of(body.subarray(0, MAX_TEXT_BYTES), body.length > MAX_TEXT_BYTES);
  if (text === undefined || BINARY.test(text))
    return `${hexRows(body.subarray(0, MAX_HEX_BYTES))}${rest(body, MAX_HEX_BYTES)}`;
  const shown = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return shown.map((line) => `${printable(line)}\n`).join('') + rest(body, MAX_TEXT_BYTES);
}

/** Text has line ends and tabs, but no other control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
const BINARY = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;

/** `00000010  68 65 6c 6c 6f …  |hello…|`, as of `hexdump -C` */
function hexRows(bytes: Buffer): string {
  const starts = Array.from({ length: Math.ceil(bytes.length / HEX_ROW) }, (_, index) => index * HEX_ROW);
  return starts.map((start) => hexRow(bytes.subarray(start, start + HEX_ROW), start)).join('');
}

function hexRow(row: Buffer, start: number): string {
  const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${start.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * HEX_ROW - 1)}  |${text}|\n`;
}

function rest(body: Buffer, shown: number): string {
  return body.length <= shown ? '' : `… ${body.length - shown} more bytes; --body writes all of them\n`;
}
