// What stands in a JSON text, and where, without anything being built of it.
import { beginningOf, demandJson, drained, freshBreath, type OnPart, OPEN_OBJECT } from './json-scan.ts';

/** A member of the outermost object: where its value stands. */
export interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The members of an object, in their order; `null` where it is JSON, but no object.
 * @param what for the message: what it is that cannot be read
 * @param mostMembers more of them are refused
 * @throws TaskqueueError `UNREADABLE`
 */
export function outlineOf(json: Buffer, what: string, mostMembers: number): readonly Member[] | null {
  const members: Member[] = [];
  if (json[beginningOf(json)] !== OPEN_OBJECT) {
    readThrough(json, what);
    return null;
  }
  readThrough(json, what, ({ keyStart, keyEnd, start, end }) => {
    if (members.length === mostMembers) return `an object of more than ${mostMembers} members`;
    members.push({ key: JSON.parse(json.toString('utf8', keyStart, keyEnd)) as string, start, end });
    return undefined;
  });
  return members;
}

/** @throws TaskqueueError `UNREADABLE` */
export function checkJson(json: Buffer): void {
  readThrough(json);
}

function readThrough(json: Buffer, what?: string, onPart?: OnPart): void {
  drained(demandJson(json, freshBreath(), onPart, what));
}
