// Why there is no connection, as one sentence that says what to do. Pure.
import { codeOf, messageOf, TaskqueueError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';

interface Attempt {
  /** host:port */
  readonly host: string;
  readonly user: string;
  readonly vhost: string;
  readonly isTls: boolean;
}

/** How long a host may take to answer. */
export const CONNECT_TIMEOUT_MS = 10_000;

export function connectProblem(error: unknown, attempt: Attempt): string {
  if (error instanceof TaskqueueError) return error.message;
  const code = codeOf(error);
  const words = printable(messageOf(error));
  return (
    (code === undefined ? undefined : networkProblem(code, attempt)) ??
    refusal(words, attempt) ??
    handshakeProblem(words, attempt) ??
    `cannot connect to ${attempt.host}: ${words}`
  );
}

function networkProblem(code: string, { host, isTls }: Attempt): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return `no broker answers at ${host} (connection refused): is it running, and are host and port in [amqp] right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name of ${host} cannot be resolved (${code}): is host in [amqp] right?`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${host} cannot be reached (${code}): is the network up, and does a firewall let us through?`;
    case 'ECONNRESET':
    case 'EPIPE':
      return hangsUp(host, isTls);
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `what answers at ${host} does not speak TLS: port in [amqp] must be the broker's TLS port, usually 5671`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${host} is for another name: host in [amqp] must be a name that it is made for`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${host} is not valid today (${code})`;
    default:
      return /CERT|ISSUER|SIGNATURE|SELF_SIGNED/.test(code)
        ? `the certificate of ${host} cannot be trusted (${code}): ca in [amqp] must name the file of whoever signed it`
        : undefined;
  }
}

/** The broker said no, in words of its own. */
function refusal(words: string, { host, user, vhost }: Attempt): string | undefined {
  if (words.includes('ACCESS_REFUSED') || words.includes('ACCESS-REFUSED')) {
    return `the broker at ${host} refuses the login of user ${q(user)}: check user and passwd in [amqp], or ask its administrator for "rabbitmqctl authenticate_user ${user}" (the user guest may only connect from the broker's own host)`;
  }
  const notAllowed = /NOT_ALLOWED - (.*?)"?$/.exec(words)?.[1];
  if (notAllowed === undefined) return undefined;
  if (/vhost .* not found/.test(notAllowed)) {
    return `the broker at ${host} has no vhost ${q(vhost)}: check vhost in [amqp], or create it with "rabbitmqctl add_vhost ${vhost}"`;
  }
  if (/access to vhost .* refused for user [^:]*$/.test(notAllowed)) {
    return `user ${q(user)} has no permissions on vhost ${q(vhost)} of the broker at ${host}: grant them with "rabbitmqctl set_permissions -p ${vhost} ${user} '.*' '.*' '.*'"`;
  }
  return `the broker at ${host} does not let user ${q(user)} use vhost ${q(vhost)}: ${notAllowed}`;
}

function handshakeProblem(words: string, { host, isTls }: Attempt): string | undefined {
  if (words.includes('connect ETIMEDOUT')) return `${host} gave no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`;
  if (words.includes('Socket closed abruptly') || words.includes('disconnected before secure TLS')) {
    return hangsUp(host, isTls);
  }
  return undefined;
}

function hangsUp(host: string, isTls: boolean): string {
  const advice = isTls ? 'does it ask for a client certificate (cert and key)?' : 'does it expect TLS (tls = yes)?';
  return `what answers at ${host} hangs up before we are connected: is it an AMQP broker, and ${advice}`;
}

const q = (text: string): string => `"${printable(text)}"`;
