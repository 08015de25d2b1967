import { describe, expect, it } from 'vitest';
import { connectProblem } from '../../../../src/broker/amqp/problems.ts';
import { TaskqueueError } from '../../../../src/core/errors.ts';

const attempt = { host: 'mq:5672', user: 'joe', vhost: '/wf', isTls: false };

/** As Node, amqplib and RabbitMQ word them. */
function failure(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('the problem with a connection', () => {
  it.each<[string, Error, RegExp]>([
    ['nobody listens', failure('connect ECONNREFUSED', 'ECONNREFUSED'), /no broker answers at mq:5672.*host and port/],
    ['the name is unknown', failure('getaddrinfo ENOTFOUND mq', 'ENOTFOUND'), /name of mq:5672 cannot be resolved/],
    ['no answer comes', failure('connect ETIMEDOUT'), /mq:5672 gave no answer within 10 seconds/],
    ['the network is down', failure('connect ENETUNREACH', 'ENETUNREACH'), /mq:5672 cannot be reached/],
    ['it is no broker', failure('Socket closed abruptly during opening handshake'), /hangs up.*tls = yes/],
    ['it speaks no TLS', failure('ssl3_get_record', 'ERR_SSL_WRONG_VERSION_NUMBER'), /does not speak TLS/],
    [
      'nobody vouches for it',
      failure('self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      /cannot be trusted.*ca in \[amqp\]/,
    ],
    [
      'it is somebody else',
      failure('altname', 'ERR_TLS_CERT_ALTNAME_INVALID'),
      /certificate of mq:5672 is for another/,
    ],
    [
      'the login is refused',
      failure('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused"'),
      /refuses the login of user "joe": check user and passwd/,
    ],
    [
      'the vhost is missing',
      failure('NOT_ALLOWED - vhost /wf not found'),
      /no vhost "\/wf".*rabbitmqctl add_vhost \/wf/,
    ],
    [
      'permissions are missing',
      failure("NOT_ALLOWED - access to vhost '/wf' refused for user 'joe'"),
      /"joe" has no permissions on vhost "\/wf".*set_permissions -p \/wf joe/,
    ],
    [
      'there are too many',
      failure("NOT_ALLOWED - access to vhost '/wf' refused for user 'joe': connection limit (1) is reached"),
      /does not let user "joe" use vhost "\/wf": .*connection limit/,
    ],
    ['it is none of these', failure('something new'), /cannot connect to mq:5672: something new/],
  ])('says what to do where %s', (_, error, sentence) => {
    const problem = connectProblem(error, attempt);
    expect(problem).toMatch(sentence);
    expect(problem).not.toContain('\n');
  });

  it('is in the words of our own error where there is one', () => {
    const error = new TaskqueueError('UNAVAILABLE', 'cannot read ca of [amqp], /no/such');
    expect(connectProblem(error, attempt)).toBe('cannot read ca of [amqp], /no/such');
  });

  it('shows control characters of foreign words as escapes', () => {
    expect(connectProblem(failure('a\nb\u001b[31m'), attempt)).toBe('cannot connect to mq:5672: a\\nb\\x1b[31m');
  });
});
