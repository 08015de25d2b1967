import { describe, expect, it } from 'vitest';
import { read } from './read.ts';

const inTaskqueue = (text: string) => read(`[taskqueue]\n${text}`);

describe('[taskqueue]', () => {
  it('has the documented defaults', () => {
    expect(read('').general).toEqual({
      plugins: null,
      resultsRoutingKey: 'results',
      defaultWorkitemType: 'application/json',
      workitemTypeMap: {
        'application/json': 'application/x-ruote-workitem',
        'text/plain': 'application/x-basic-workitem',
      },
      pluginPath: ['/usr/lib/taskqueue/plugins', '/usr/local/lib/taskqueue/plugins'],
      logLevel: 'info',
      logFormat: 'auto',
      unroutableTtlMs: 86_400_000,
      maxMessageSize: 12 * 1024 * 1024,
    });
  });

  it('reads every option', () => {
    const text = `workers = one, @scope/two
results_routing_key = ruote_workitems
default_workitem_type = Text/Plain
workitem_type_map = Text/X=application/x-y, a/b=c/d
plugin_path = /a:/b
log_level = WARN
log_format = json
unroutable_ttl = 2h
max_message_size = 1M`;
    const { general, findings } = inTaskqueue(text);
    expect(findings).toEqual([]);
    expect(general).toEqual({
      plugins: ['one', '@scope/two'],
      resultsRoutingKey: 'ruote_workitems',
      defaultWorkitemType: 'text/plain',
      workitemTypeMap: { 'text/x': 'application/x-y', 'a/b': 'c/d' },
      pluginPath: ['/a', '/b'],
      logLevel: 'warn',
      logFormat: 'json',
      unroutableTtlMs: 7_200_000,
      maxMessageSize: 1024 ** 2,
    });
  });

  it('takes its options from [DEFAULT], but for the list of plugins', () => {
    const { general, findings } = read('[DEFAULT]\nworkers: 2\nlog_level: debug\nresults_routing_key: r');
    expect(findings).toEqual([]);
    expect(general).toMatchObject({ plugins: null, logLevel: 'debug', resultsRoutingKey: 'r' });
  });

  it('wins over [DEFAULT]', () => {
    const text =
      '[DEFAULT]\nlog_level: debug\nresults_routing_key: a\n[taskqueue]\nlog_level: error\nresults_routing_key:';
    expect(read(text).general).toMatchObject({ logLevel: 'error', resultsRoutingKey: '' });
  });

  it('takes * for all plugins', () => {
    expect(inTaskqueue('workers: *').general.plugins).toBeNull();
  });

  it.each([
    ['workers: 3', 'did you mean "instances"?'],
    ['workers: -1', 'did you mean "instances"?'],
    ['workers:', 'the value is empty'],
    ['workers: a b', '"a b" is no name of a plugin'],
    ['default_workitem_type: json', 'is no content type'],
    ['workitem_type_map: text/plain', 'does not map a content type'],
    ['workitem_type_map: a/b=c/d, A/B=e/f', 'a/b is mapped twice'],
    ['plugin_path: plugins', 'no absolute path'],
    ['plugin_path:', 'the value is empty'],
    ['log_level: wrn', 'did you mean "warn"?'],
    ['unroutable_ttl: 5', '"5" is no duration'],
    ['unroutable_ttl: 10000d', 'out of range'],
    ['max_message_size: 12X', '"12X" is no size'],
    ['max_message_size: 1', 'out of range'],
    ['subgroups: a', 'only in the section of a worker type'],
    ['plugin_pth: /a', 'did you mean "plugin_path"?'],
    ['something: 1', 'a setting for all plugins belongs in [DEFAULT]'],
    ['vhost: /', 'it belongs in [amqp]'],
    [`results_routing_key: ${'x'.repeat(256)}`, 'at most 255 bytes'],
    ['results_routing_key: taskqueue', 'would go round in circles'],
    ['results_routing_key: worker_a', 'would go round in circles'],
  ])('refuses %j', (text, message) => {
    const { mistakes } = inTaskqueue(text);
    expect(mistakes).toEqual([expect.stringContaining(message)]);
    expect(mistakes[0]).toContain('c.ini:2: [taskqueue] ');
  });
});

describe('findings', () => {
  it('tell all mistakes at once, in the order of files and lines', () => {
    const { findings } = read(
      {
        'config.ini': '[amqp]\nport: x\n[w]\nconcurrency: 0\n[taskqueue]\nlog_level: x\noops',
        'conf.d/a.ini': '[w]\nmax_attempts: many',
      },
      ['w'],
    );
    expect(findings.map(({ place, section, key }) => [place, section, key])).toEqual([
      ['config.ini:2', 'amqp', 'port'],
      ['config.ini:4', 'w', 'concurrency'],
      ['config.ini:6', 'taskqueue', 'log_level'],
      ['config.ini:7', 'taskqueue', null],
      ['conf.d/a.ini:2', 'w', 'max_attempts'],
    ]);
  });

  it('note a key that is set twice in one file, but not one that a later file overrules', () => {
    const { notes, amqp } = read({ a: '[amqp]\nuser: x\npasswd: p\nuser: y', b: '[amqp]\nuser: z' });
    expect(notes).toEqual(['a:4: [amqp] user: set again here: the value of line 2 does not count']);
    expect(amqp.user).toBe('z');
  });

  it("note that Python's logging sections are ignored, with those that they list", () => {
    const text =
      '[loggers]\nkeys: root\n[logger_root]\nlevel: DEBUG\n[handlers]\nkeys=a\n[handler_a]\nargs: ()\n[formatters]\nkeys:';
    const { findings } = read(text, ['root', 'a']);
    expect(findings).toEqual([
      {
        severity: 'note',
        place: 'c.ini:1',
        section: 'loggers',
        key: null,
        message: expect.stringContaining('[loggers], [logger_root], [handlers], [handler_a], [formatters] are ignored'),
      },
    ]);
  });
});
