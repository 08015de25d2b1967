import { describe, expect, it } from 'vitest';
import { groupOf, read } from './read.ts';

/** The configuration of the ancestor's documentation. */
const DOCUMENTED = `[DEFAULT]
workers: 1

[amqp]
host: localhost
user: wfworker
passwd: wfworker
vhost: /wfworker

; Workers
[worker1]
workers: 3

[worker2]
workers: bifh1, bifh2

[worker2_bifh1]
workers: 1
user: bifh1

[worker2_bifh2]
workers: 1
user: bifh2
`;

describe.each([
  ['as it stands', DOCUMENTED],
  ['copied with its indentation', DOCUMENTED.replace(/^(?=.)/gm, '    ')],
])("the ancestor's documented configuration, %s", (_, text) => {
  const config = read(text, ['worker2', 'worker1']);

  it('has nothing to complain about', () => {
    expect(config.findings).toEqual([]);
  });

  it('says how to reach the broker', () => {
    expect(config.amqp).toMatchObject({
      hosts: [{ host: 'localhost', port: 5672 }],
      user: 'wfworker',
      password: 'wfworker',
      vhost: '/wfworker',
      tls: null,
    });
  });

  it('makes three instances of worker1, and one each of the groups of worker2 with their users', () => {
    const summary = config.groups.map(({ name, type, group, instances, options, settings }) => {
      return { name, type, group, instances, user: options.user, settings };
    });
    expect(summary).toEqual([
      { name: 'worker1', type: 'worker1', group: null, instances: 3, user: null, settings: {} },
      { name: 'worker2_bifh1', type: 'worker2', group: 'bifh1', instances: 1, user: 'bifh1', settings: {} },
      { name: 'worker2_bifh2', type: 'worker2', group: 'bifh2', instances: 1, user: 'bifh2', settings: {} },
    ]);
  });

  it('leaves everything else at its default', () => {
    expect(groupOf(config, 'worker1').options).toMatchObject({ resultsRoutingKey: 'results', concurrency: 1 });
  });
});

describe('an empty configuration', () => {
  it('works with a broker on this host', () => {
    const config = read('', ['a']);
    expect(config.findings).toEqual([]);
    expect(config.amqp).toEqual({
      hosts: [{ host: 'localhost', port: 5672 }],
      user: 'guest',
      password: 'guest',
      vhost: '/',
      tls: null,
      heartbeatSeconds: 10,
      queueType: null,
    });
    expect(config.groups).toMatchObject([{ name: 'a', group: null, instances: 1, isConfigured: false }]);
  });

  it('is the same as one of empty sections', () => {
    expect(read('[amqp]\n[taskqueue]\n[DEFAULT]', ['a'])).toEqual(read('', ['a']));
  });
});
