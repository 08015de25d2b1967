// Kinds of values that are made of several: hosts, maps, environments. Pure, as in `kinds.ts`.
import { type Kind, line, list as listOf, nonEmpty, type Parsed, parsed, refused, shown, splitList } from './kinds.ts';

/** A host of the broker; `port` is null where it is not written: then `[amqp] port` counts. */
export interface HostPort {
  readonly host: string;
  readonly port: number | null;
}

const hostPort: Kind<HostPort> = {
  parse(text) {
    const match = HOST_PORT.exec(text);
    const host = match?.[1] ?? match?.[3] ?? (BARE_IPV6.test(text) ? text : undefined);
    if (host === undefined) return refused(`${shown(text)} is no host: write name, name:port or [ipv6]:port`);
    const port = match?.[2] ?? match?.[4];
    if (port === undefined) return parsed({ host, port: null });
    if (Number(port) < 1 || Number(port) > 65535) return refused(`${shown(text)} has no port from 1 to 65535`);
    return parsed({ host, port: Number(port) });
  },
  format({ host, port }) {
    const name = host.includes(':') && port !== null ? `[${host}]` : host;
    return port === null ? name : `${name}:${port}`;
  },
};

const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\](?::(\d{1,5}))?|([^\s:/@[\]]+)(?::(\d{1,5}))?)$/;
const BARE_IPV6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*(?:%\w+)?$/;

export const hosts: Kind<readonly HostPort[]> = nonEmpty(listOf(hostPort));

/** `type/subtype`, in lower case: that is how content types are compared. */
export const contentType: Kind<string> = {
  parse(text) {
    const plain = text.toLowerCase();
    return CONTENT_TYPE.test(plain)
      ? parsed(plain)
      : refused(`${shown(text)} is no content type: write type/subtype, such as application/json`);
  },
  format: (value) => value,
};

const CONTENT_TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/;

/** `content type = format`, comma-separated. */
export const contentTypeMap: Kind<Readonly<Record<string, string>>> = {
  parse(text) {
    const map = new Map<string, string>();
    for (const pair of splitList(text)) {
      const [from = '', to = '', ...rest] = pair.split('=').map((side) => contentType.parse(side.trim()));
      if (from === '' || to === '' || rest.length > 0 || !from.ok || !to.ok) {
        return refused(`${shown(pair)} does not map a content type to a format: write text/plain=application/x-format`);
      }
      if (map.has(from.value)) return refused(`${from.value} is mapped twice`);
      map.set(from.value, to.value);
    }
    return parsed(Object.fromEntries(map));
  },
  format: pairs,
};

/** `NAME=value`, comma-separated or on lines of their own; a double-quoted item may hold commas. */
export const environment: Kind<Readonly<Record<string, string>>> = {
  parse(text) {
    const variables = new Map<string, string>();
    for (const item of text.matchAll(ENVIRONMENT_ITEM)) {
      const written = (item[1] ?? item[0]).trim();
      if (written === '') continue;
      const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(written);
      if (!match) return refused(`${shown(written)} sets no variable: write NAME=value, NAME2=value`);
      variables.set(match[1] as string, match[2] as string);
    }
    return parsed(Object.fromEntries(variables));
  },
  format(variables) {
    const item = (written: string): string => (written.includes(',') ? `"${written}"` : written);
    return Object.entries(variables)
      .map(([name, value]) => item(`${name}=${value}`))
      .join(', ');
  },
};

const ENVIRONMENT_ITEM = /\s*"([^"\n]*)"\s*(?=[,\n]|$)|[^,\n]+/g;

function pairs(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .map(([from, to]) => `${from}=${to}`)
    .join(', ');
}

/** Directories between colons, as in PATH. */
export function paths(directory: Kind<string>): Kind<readonly string[]> {
  return nonEmpty(listOf(directory, /[:\n]/, ':'));
}

/** Where plugins may publish: `*` alone is anywhere, and null. */
export const destinations: Kind<readonly string[] | null> = {
  parse(text): Parsed<readonly string[] | null> {
    return text === '*' ? parsed(null) : listOf(line()).parse(text);
  },
  format: (value) => (value === null ? '*' : value.join(', ')),
};

/** Names of plugins: `*` is all of them, and null. */
export const pluginNames: Kind<readonly string[] | null> = {
  parse(text): Parsed<readonly string[] | null> {
    if (/^[+-]?\d+$/.test(text)) {
      return refused(
        `${text} names no plugin: in [taskqueue], workers lists the plugins that may run – did you mean "instances"?`,
      );
    }
    const names = splitList(text);
    if (names.includes('*')) return parsed(null);
    const odd = names.find((name) => !PACKAGE_NAME.test(name));
    if (odd !== undefined) return refused(`${shown(odd)} is no name of a plugin: write names of npm packages, or *`);
    return nonEmpty(listOf(line())).parse(text);
  },
  format: (value) => (value === null ? '*' : value.join(', ')),
};

const PACKAGE_NAME = /^(?:@[A-Za-z0-9._~-]+\/)?[A-Za-z0-9._~-]+$/;
