// Where a broker is, as URLs and lists of hosts say it. Pure. Whatever is wrong is said without quoting the URL: it may
// hold a password.
import type { Host } from '../broker/amqp/connection.ts';
import type { ConnectOptions } from './connect-options.ts';

type InUrl = Pick<ConnectOptions, 'host' | 'port' | 'user' | 'passwd' | 'vhost' | 'tls' | 'heartbeat'>;

/** `amqp://user:password@host:port/vhost?heartbeat=10`, each part %-escaped; `amqps` for TLS. */
export function optionsInUrl(url: string, mistakes: string[]): InUrl {
  const parsed = parse(url);
  if (parsed === undefined || !/^amqps?:$/.test(parsed.protocol) || parsed.hostname === '') {
    mistakes.push(
      'the URL is none: amqp://user:password@host:port/vhost is wanted, with %-escapes in user, password and vhost',
    );
    return {};
  }
  // A character that should have been escaped cuts the password in two: nothing of the rest may be shown.
  if (parsed.hash !== '' || parsed.pathname.includes('@'))
    mistakes.push('the URL has a / ? # or @ that is not %-escaped');
  const part = (name: string, text: string): string | undefined => unescaped(name, text, mistakes);
  const [user, passwd] = [part('user', parsed.username), part('password', parsed.password)];
  const vhost = part('vhost', parsed.pathname.replace(/^\//, ''));
  return {
    host: parsed.hostname,
    tls: parsed.protocol === 'amqps:',
    ...(parsed.port === '' ? {} : { port: Number(parsed.port) }),
    ...(user === undefined ? {} : { user }),
    ...(passwd === undefined ? {} : { passwd }),
    ...(vhost === undefined ? {} : { vhost }),
    ...heartbeatIn(parsed.searchParams, mistakes),
  };
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined; // its error shows the URL
  }
}

/** `undefined` where it is empty: then the default counts. */
function unescaped(name: string, text: string, mistakes: string[]): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    mistakes.push(`the ${name} in the URL has a % that begins no escape: write %25 for it`);
    return undefined;
  }
}

function heartbeatIn(query: URLSearchParams, mistakes: string[]): Pick<InUrl, 'heartbeat'> {
  const isOdd = [...query.keys()].some((key) => key !== 'heartbeat');
  if (isOdd) mistakes.push('the URL has a parameter that is not heartbeat (a ? in the password is written %3F)');
  const heartbeat = query.get('heartbeat');
  return heartbeat === null ? {} : { heartbeat: /^\d{1,4}$/.test(heartbeat) ? Number(heartbeat) : Number.NaN };
}

const HOST = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/;

/** @param port of those that name none */
export function hostsIn(list: string, port: number, mistakes: string[]): readonly Host[] {
  return list.split(',').map((item) => {
    const match = HOST.exec(item.trim());
    const own = match?.[3] === undefined ? port : Number(match[3]);
    if (match === null || own < 1 || own > 65535) {
      mistakes.push('host must be a list of name, name:port or [ipv6]:port, with commas between them');
    }
    return { host: match?.[1] ?? match?.[2] ?? '', port: own };
  });
}
