import { describe, expect, it } from 'vitest';
import { connectProblem } from '../../../src/broker/amqp/problems.ts';
import { Client } from '../../../src/client/client.ts';
import { inOurWords } from '../../../src/client/connect.ts';
import type { ConnectOptions } from '../../../src/client/connect-options.ts';
import { settingsOf } from '../../../src/client/settings.ts';

const amqp = (target: string | ConnectOptions, more: ConnectOptions = {}) => settingsOf(target, more).amqp;
const wrong = (target: unknown, more: unknown = {}) =>
  expect(() => settingsOf(target as string, more as ConnectOptions));

describe('the address', () => {
  it('of nobody in particular is a broker on this host', () => {
    const hosts = [{ host: 'localhost', port: 5672 }];
    const local = { hosts, user: 'guest', password: 'guest', vhost: '/', tls: null, heartbeatSeconds: 10 };
    expect(amqp({})).toEqual(local);
    expect(amqp('amqp://localhost')).toEqual(local);
    expect(amqp('amqp://localhost/')).toEqual(local);
  });

  it('in a URL may have everything, escaped', () => {
    expect(amqp('amqps://a%40b:p%3A%2F%23%25@rabbit.example:5000/%2Fwfworker?heartbeat=30', { ca: '/ca.pem' })).toEqual(
      {
        hosts: [{ host: 'rabbit.example', port: 5000 }],
        user: 'a@b',
        password: 'p:/#%',
        vhost: '/wfworker',
        tls: { ca: '/ca.pem', cert: null, key: null },
        heartbeatSeconds: 30,
      },
    );
    expect(amqp('amqps://h').hosts).toEqual([{ host: 'h', port: 5671 }]);
    expect(amqp('amqp://[::1]:5673/v')).toMatchObject({ hosts: [{ host: '::1', port: 5673 }], vhost: 'v' });
  });

  it('in options has the names of the configuration file', () => {
    const options = {
      host: 'a, b:5673, [::1]:5674',
      port: 5000,
      user: 'u',
      passwd: 'p;#= ',
      vhost: '/v',
      heartbeat: 0,
    };
    expect(amqp(options)).toMatchObject({
      hosts: [
        { host: 'a', port: 5000 },
        { host: 'b', port: 5673 },
        { host: '::1', port: 5674 },
      ],
      user: 'u',
      password: 'p;#= ',
      vhost: '/v',
      heartbeatSeconds: 0,
    });
    expect(amqp({ tls: true, cert: '/c', key: '/k' })).toMatchObject({
      hosts: [{ port: 5671 }],
      tls: { ca: null, cert: '/c', key: '/k' },
    });
  });

  it('counts with its URL where options say something else', () => {
    expect(amqp('amqp://u@h', { user: 'other', passwd: 'p', vhost: 'v' })).toMatchObject({
      user: 'u',
      password: 'p',
      vhost: 'v',
    });
  });
});

describe('the other options', () => {
  it('have defaults', () => {
    expect(settingsOf({}, {})).toMatchObject({
      queueType: null,
      connectWithinMs: 10_000,
      keepTrying: false,
      limits: { confirmWithinMs: 30_000, callWithinMs: 60_000, maxMessageSize: 12 * 1024 ** 2 },
      hasEvents: true,
    });
  });

  it('are taken as given', () => {
    const given = {
      connectTimeout: '5s',
      confirmTimeout: { minutes: 1 },
      callTimeout: 7,
      maxMessageSize: '64K',
      events: false,
      queueType: 'quorum',
    } as const;
    expect(settingsOf(given, {})).toMatchObject({
      queueType: 'quorum',
      connectWithinMs: 5000,
      limits: { confirmWithinMs: 60_000, callWithinMs: 7, maxMessageSize: 65_536 },
      hasEvents: false,
    });
  });
});

describe('what is wrong', () => {
  it('is all said at once', () => {
    wrong({ host: 'a b', port: 0, tls: 'yes', queue: 'x' }).toThrow(
      /port must be a whole number from 1 to 65535; tls must be true or false; there is no option queue \(there are host, /,
    );
    wrong({ host: 'a b', ca: '/ca', cert: '/c', connectTimeout: 'soon', maxMessageSize: -1 }).toThrow(
      /mean nothing without tls; cert and key go together; host must be.*; connectTimeout is no length.*; maxMessageSize must/,
    );
    wrong({ heartbeat: -1 }).toThrow('heartbeat must be');
  });

  const SECRET = 's3cret';
  it.each([
    `amqp://user:${SECRET}`,
    `amqp://user:${SECRET}@`,
    `http://user:${SECRET}@host`,
    `user:${SECRET}@host`,
    `amqp://user:${SECRET}%@host`,
    `amqp://user:${SECRET}%zz@host`,
    `amqp://user:12/${SECRET}@host/v`,
    `amqp://user:12?${SECRET}@host/v`,
    `amqp://user:12#${SECRET}@host/v`,
    `amqp://user:${SECRET}@ho st/v`,
    `amqp://user:${SECRET}@host/%zz`,
    `amqp://user:${SECRET}@host/v?frame_max=1`,
    `amqp://user:${SECRET}@host/v?heartbeat=often`,
    `amqp://user:${SECRET}@host:99999/v`,
  ])('is said without the password: %s', async (url) => {
    const err = (await Client.connect(url).catch((thrown: unknown) => thrown)) as Error & { input?: string };
    expect(err).toMatchObject({ code: 'USAGE' });
    expect(JSON.stringify([err.message, err.stack, err.cause ?? null, { ...err }])).not.toContain(SECRET);
  });
});

describe('why there is no connection', () => {
  const attempt = { host: 'h:5672', user: 'u', vhost: 'v', isTls: false };
  const codes = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'ECONNRESET',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'SELF_SIGNED_CERT_IN_CHAIN',
  ];
  const errors = [
    ...codes.map((code) => Object.assign(new Error('x'), { code })),
    new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - …"'),
    new Error('NOT_ALLOWED - vhost v not found'),
  ];

  it.each(errors)('is said in the words of who has options: %s', (err) => {
    const words = inOurWords(connectProblem(err, attempt));
    expect(words).toMatch(/h:5672/);
    expect(words).not.toMatch(/\[amqp\]/);
  });
});
