// Users and vhosts on a private broker, for tests of logins.
import { evaluate, type RabbitmqNode } from './node.ts';

const BACKEND = 'rabbit_auth_backend_internal';

/** Any text: as bytes, so that nothing in it means anything to Erlang. */
const binary = (text: string): string => `<<${[...Buffer.from(text)].join(',')}>>`;

/** A user who may do everything in this vhost; both are made. */
export async function addUserAndVhost(
  node: RabbitmqNode,
  user: string,
  password: string,
  vhost: string,
): Promise<void> {
  const all = Array.from({ length: 3 }, () => binary('.*')).join(', ');
  await evaluate(
    node,
    [
      `ok = rabbit_vhost:add(${binary(vhost)}, <<"test">>)`,
      `ok = ${BACKEND}:add_user(${binary(user)}, ${binary(password)}, <<"test">>)`,
      `ok = ${BACKEND}:set_permissions(${binary(user)}, ${binary(vhost)}, ${all}, <<"test">>)`,
    ].join(', '),
  );
}

export async function changePassword(node: RabbitmqNode, user: string, password: string): Promise<void> {
  await evaluate(node, `${BACKEND}:change_password(${binary(user)}, ${binary(password)}, <<"test">>)`);
}

export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
  /** Routing keys that may be written to this topic exchange; all, where it is left out. */
  readonly topic?: { readonly exchange: string; readonly write: string };
}

/** One who may configure, write and read in this vhost – which is there – what these patterns name. */
export async function addUser(
  node: RabbitmqNode,
  { user, password, vhost }: { readonly user: string; readonly password: string; readonly vhost: string },
  { configure, write, read, topic }: Permissions,
): Promise<void> {
  const patterns = [configure, write, read].map(binary).join(', ');
  await evaluate(
    node,
    [
      `ok = ${BACKEND}:add_user(${binary(user)}, ${binary(password)}, <<"test">>)`,
      `ok = ${BACKEND}:set_permissions(${binary(user)}, ${binary(vhost)}, ${patterns}, <<"test">>)`,
      ...(topic === undefined ? [] : [setTopic(user, vhost, topic)]),
    ].join(', '),
  );
}

function setTopic(user: string, vhost: string, { exchange, write }: NonNullable<Permissions['topic']>): string {
  const args = [user, vhost, exchange, write, '.*'].map(binary).join(', ');
  return `ok = ${BACKEND}:set_topic_permissions(${args}, <<"test">>)`;
}
