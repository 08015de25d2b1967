// Which errors are the same one: what they say without whatever differs from case to case – numbers, ids, paths. Pure: a
// program that has type, name and message of an error gets the same fingerprint, wherever it is.
import { createHash } from 'node:crypto';

interface NamedError {
  /** Of the workitem that failed; '' where nobody knows. */
  readonly type: string;
  /** `TypeError`; or, where there was no error to be caught, one word that says what happened. */
  readonly name: string;
  readonly message: string;
}

/** Twelve hex digits. */
export function fingerprintOf({ type, name, message }: NamedError): string {
  const text = JSON.stringify([type, name, masked(message)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** `cannot read /srv/a 17.png: 0xfe` → `cannot read <path> <n>.png: <hex>` */
export function masked(message: string): string {
  return MASKS.reduce((text, [pattern, mask]) => text.replace(pattern, mask), message.slice(0, LONGEST));
}

/** Messages are cut where they are parked; whatever is longer has a fingerprint all the same. */
const LONGEST = 4_096;

/** In this order: a path may hold ids, an id digits. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{0,31}:\/\/[^\s"'<>]+/gi, '<url>'],
  [/(?<![\w.)\]/])(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w@%+~.,=-]+)+[/\\]?/g, '<path>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{6,}\b/gi, '<hex>'],
  [/\b[0-9a-f]{16,}\b/gi, '<hex>'],
  [/\d+(?:[.,:]\d+)*/g, '<n>'],
];

const NAME = /^([A-Za-z_$][\w$.]{0,79})(?: \[[A-Z0-9_]{1,80}\])?(?::|$)/;
const ENDS_AS_ERROR = /(Error|Exception|Timeout|Interrupt|Exit|Warning)$/;

/**
 * The name of the error whose trace this is; `otherwise` where it tells none. Node begins with `TypeError: …`, or
 * `TypeError [ERR_INVALID_ARG_TYPE]: …`; Python ends with `ValueError: …`.
 */
export function errorNameIn(trace: string, otherwise: string): string {
  const lines = trace.trimEnd().split('\n');
  const names = [lines[0], lines.at(-1)].map((line) => NAME.exec(line ?? '')?.[1]);
  return names.find((name) => name !== undefined && ENDS_AS_ERROR.test(name)) ?? otherwise;
}
