// A large JSON workitem with its error in it: written into the text as it is, which leaves all the rest of it alone and
// builds nothing of it. Pure.
import { atOnce, membersNamed } from './json-gist.ts';
import { beginningOf, CLOSE_OBJECT, freshBreath, OPEN_OBJECT } from './json-scan.ts';
import type { WorkitemError } from './workitem.ts';

/**
 * `undefined` where the body is no object, or there is too much in it to be read in passing.
 * @throws TaskqueueError `UNREADABLE` where it is no JSON
 */
export function jsonWithError(json: Buffer, { error, trace }: WorkitemError): Buffer | undefined {
  const start = beginningOf(json);
  if (json[start] !== OPEN_OBJECT) return undefined;
  const said = { error: JSON.stringify(error), trace: JSON.stringify(trace) };
  const names = Object.keys(said) as (keyof typeof said)[];
  const found = atOnce(membersNamed(json, names, freshBreath()));
  if (found === undefined) return undefined;
  const pieces: (Buffer | string)[] = [];
  let at = start;
  for (const [name, part] of [...found].sort(([, one], [, other]) => one.start - other.start)) {
    pieces.push(json.subarray(at, part.start), said[name as keyof typeof said]);
    at = part.end;
  }
  pieces.push(json.subarray(at, json.lastIndexOf(CLOSE_OBJECT)));
  const isEmpty = json[start + 1 + beginningOf(json.subarray(start + 1))] === CLOSE_OBJECT;
  const added = names.filter((name) => !found.has(name)).map((name) => `"${name}":${said[name]}`);
  if (added.length > 0) pieces.push(isEmpty ? '' : ',', added.join(','));
  return Buffer.concat([...pieces.map((piece) => Buffer.from(piece as string)), Buffer.from('}')]);
}
