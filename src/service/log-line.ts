// One line of log for people: from pino's JSON to text. Foreign text in it can't begin a line, or act on a terminal.
import type { LogLevel } from '../core/logger.ts';
import { printable } from '../core/text.ts';

/** `colours`: a terminal that has them. `journal`: systemd's, which adds the time itself and reads `<n>` as the level. */
export type LineStyle = 'terminal' | 'colours' | 'file' | 'journal';

/** Syslog's numbers, as sd-daemon(3) has them. */
const SYSLOG = { debug: 7, info: 6, warn: 4, error: 3 } as const;
const COLOUR = { debug: 90, info: 36, warn: 33, error: 31 } as const;
const DIM = 2;

export function lineOf(json: string, style: LineStyle): string {
  const { time, level, message, ...fields } = JSON.parse(json) as Written;
  const said = printable(message);
  const about = Object.entries(fields).map(([key, value]) => `${key}=${valueText(value)}`);
  switch (style) {
    case 'journal':
      return `<${SYSLOG[level]}>${[said, ...about].join(' ')}\n`;
    case 'file':
      return `${[time, level.toUpperCase().padEnd(5), said, ...about].join(' ')}\n`;
    case 'terminal':
      return `${[clockTime(time), level.toUpperCase().padEnd(5), said, ...about].join(' ')}\n`;
    case 'colours': {
      const head = [painted(clockTime(time), DIM), painted(level.toUpperCase().padEnd(5), COLOUR[level]), said];
      return `${[...head, ...(about.length === 0 ? [] : [painted(about.join(' '), DIM)])].join(' ')}\n`;
    }
    default:
      return style satisfies never;
  }
}

interface Written {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Who watches a terminal knows the date. */
function clockTime(iso: string): string {
  const at = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

/** Quoted where it would not be clear where the value ends. */
function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value !== 'string' || /^[^\s"'=]+$/.test(text) ? printable(text) : `"${quotable(text)}"`;
}

const quotable = (text: string): string => printable(text.replace(/["\\]/g, '\\$&'));

const painted = (text: string, code: number): string => `\x1b[${code}m${text}\x1b[0m`;
