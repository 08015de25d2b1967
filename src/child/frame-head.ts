// The head of a frame as text. It is JSON, except that Buffers (values of AMQP headers may be some) survive: they travel
// as `{"$buffer":"<base64>"}`. A key of a sender's that looks like ours gets one `$` more on the way, and loses it again
// at the other end, so that nothing that is no Buffer ever becomes one.

export function encodeHead(head: unknown): string {
  const text = JSON.stringify(head);
  return text.includes(BUFFER_AS_JSON) || text.includes(TAG_AS_JSON) ? JSON.stringify(head, tagBuffers) : text;
}

/** @throws SyntaxError where it is no JSON, RangeError where it is nested too deep */
export function decodeHead(text: string): unknown {
  return text.includes(TAG_AS_JSON) ? JSON.parse(text, untagBuffers) : JSON.parse(text);
}

const TAG = '$buffer';
/** Only a text that contains one of these two can need the slow way. */
const TAG_AS_JSON = `${TAG}":`;
const BUFFER_AS_JSON = '{"type":"Buffer","data":[';

/** A replacer for `JSON.stringify`: it is called with the holder as `this`, since `value` has gone through `toJSON`. */
function tagBuffers(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (Buffer.isBuffer(original)) return { [TAG]: original.toString('base64') };
  return renameKeys(value, (name) => (/^\$+buffer$/.test(name) ? `$${name}` : name));
}

function untagBuffers(_key: string, value: unknown): unknown {
  if (!isTable(value)) return value;
  const tagged = Object.hasOwn(value, TAG) ? value[TAG] : undefined;
  if (typeof tagged === 'string') return Buffer.from(tagged, 'base64');
  return renameKeys(value, (name) => (/^\$\$+buffer$/.test(name) ? name.slice(1) : name));
}

/** The value itself where no key changes. (`fromEntries` makes own properties of all names, `__proto__` included.) */
function renameKeys(value: unknown, rename: (name: string) => string): unknown {
  if (!isTable(value) || !Object.keys(value).some((name) => rename(name) !== name)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [rename(name), inner]));
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
