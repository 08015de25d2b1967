// docs/control.md, for the tests that do what it says: its programs, and the logins that it describes.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addUser, type Permissions } from './rabbitmq/user.ts';
import type { Vhost } from './rabbitmq/vhost.ts';

export const CONTROL_PAGE = readFileSync(fileURLToPath(new URL('../../docs/control.md', import.meta.url)), 'utf8');

/** A program that the page shows. */
export function listingOnPage(name: string): string {
  const code = new RegExp(`^\`${name}\`:\n\n\`\`\`python\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(CONTROL_PAGE)?.[1];
  if (code === undefined) throw new Error(`docs/control.md has no ${name}`);
  return code;
}

/** By user, as the page sets them in the end. */
function permissionsOnPage(): ReadonlyMap<string, Permissions> {
  const all = new Map<string, Permissions>();
  for (const [, user = '', configure = '', write = '', read = ''] of CONTROL_PAGE.matchAll(
    /^rabbitmqctl set_permissions -p taskqueue (\w+) '(.*)' '(.*)' '(.*)'$/gm,
  )) {
    all.set(user, { configure, write, read });
  }
  for (const [, user = '', exchange = '', write = ''] of CONTROL_PAGE.matchAll(
    /^rabbitmqctl set_topic_permissions -p taskqueue (\w+) (\S+) '(.*)' '\.\*'$/gm,
  )) {
    all.set(user, { ...(all.get(user) as Permissions), topic: { exchange, write } });
  }
  return all;
}

/** The users of the page, made on this broker with the rights that the page gives them. */
export async function loginsOn(broker: Vhost): Promise<(user: string) => Vhost> {
  if (broker.node === null) throw new Error('this test needs a broker of its own');
  const logins = new Map<string, Vhost>();
  for (const [name, permissions] of permissionsOnPage()) {
    const [user, password] = [`${name}-${randomUUID()}`, 'secret'];
    const url = broker.url.replace(/\/\/[^@]*@/, `//${user}:${password}@`);
    const login = { ...broker, user, password, url };
    await addUser(broker.node, login, permissions);
    logins.set(name, login);
  }
  return (user) => logins.get(user) as Vhost;
}
