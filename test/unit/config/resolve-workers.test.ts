import { describe, expect, it } from 'vitest';
import { groupOf, read } from './read.ts';

describe('how many processes', () => {
  it.each([
    ['[w]\ninstances = 3', 3],
    ['[w]\nworkers: 3', 3],
    ['[worker_w]\nworkers: 3', 3],
    ['[DEFAULT]\nworkers: 2', 2],
    ['[DEFAULT]\ninstances: 2', 2],
    ['[DEFAULT]\nworkers: 2\n[taskqueue]\ninstances: 4', 4],
    ['[taskqueue]\ninstances: 4\n[w]\nuser: u', 4],
    ['[DEFAULT]\nworkers: 2\n[w]\nworkers: 0', 0],
    ['[w]\nuser: u', 1],
  ])('%j means %i', (text, instances) => {
    const config = read(text, ['w']);
    expect(config.mistakes).toEqual([]);
    expect(groupOf(config, 'w').instances).toBe(instances);
  });

  it.each([
    ['[w]\nworkers: -1', '-1 is out of range'],
    ['[w]\ninstances: many', '"many" is no whole number'],
    ['[w]\nworkers: 1.5', '"1.5" is no whole number'],
    ['[w]\nworkers:', 'the value is empty'],
    ['[w]\ninstances:', 'the value is empty'],
    ['[w]\nworkers: 1\ninstances: 1', 'says the same as instances in line 3'],
    ['[DEFAULT]\nworkers: a, b', 'names of groups stand only in the section of a worker type'],
    ['[DEFAULT]\nsubgroups: a', 'names of groups stand only in the section of a worker type'],
    ['[w]\nsubgroups: a\n[w_a]\nworkers: b', 'names of groups stand only in the section of a worker type'],
    ['[w]\nsubgroups: a\nworkers: b', 'says the same as subgroups in line 2'],
    ['[w]\nworkers: 1, 2', 'did you mean "instances = 1"?'],
    ['[w]\nsubgroups = 3', 'did you mean "instances = 3"?'],
    ['[w]\nsubgroups =', 'the value is empty'],
    ['[w]\nsubgroups = a, a', 'the group a is listed twice'],
    ['[w]\nsubgroups = a/b', '"a/b" names no group'],
  ])('refuses %j', (text, message) => {
    expect(read(text, ['w']).mistakes[0]).toContain(message);
  });
});

describe('groups', () => {
  it('are listed by subgroups or workers, and each inherits from its type', () => {
    const text = '[w]\nsubgroups = a, b\ninstances = 2\nuser = u\n[w_a]\nworkers = 5\n[worker_w_b]\nuser = v';
    const { groups, findings } = read(text, ['w']);
    expect(findings).toEqual([]);
    expect(groups.map(({ name, instances, options }) => [name, instances, options.user])).toEqual([
      ['w_a', 5, 'u'],
      ['w_b', 2, 'v'],
    ]);
  });

  it('need no section of their own', () => {
    const config = read('[w]\nworkers: a\nuser = u', ['w']);
    expect(groupOf(config, 'w_a')).toMatchObject({ instances: 1, isConfigured: true, options: { user: 'u' } });
  });

  it('may be named over several lines', () => {
    expect(read('[w]\nworkers: a,\n  b', ['w']).groups.map(({ group }) => group)).toEqual(['a', 'b']);
  });

  it('of the same name as another type are refused', () => {
    expect(read('[w]\nworkers: a', ['w', 'w_a']).mistakes).toEqual([expect.stringContaining('"w_a"')]);
  });

  it('of two types that make the same name are refused', () => {
    const { mistakes } = read('[a]\nsubgroups = b_c\n[a_b]\nsubgroups = c', ['a', 'a_b']);
    expect(mistakes.join('\n')).toContain('the name "a_b_c"');
  });

  it('come in the order of the names of their types', () => {
    expect(read('', ['b', 'C', 'a']).groups.map(({ type }) => type)).toEqual(['C', 'a', 'b']);
  });
});

describe('worker options', () => {
  it('are inherited: built-in < [DEFAULT] < [taskqueue] < type < group, each option by itself', () => {
    const text = `[DEFAULT]
concurrency = 2
max_attempts = 2
retry_delay = 2s
task_timeout = 2s
[taskqueue]
max_attempts = 3
retry_delay = 3s
task_timeout = 3s
[w]
subgroups = g
retry_delay = 4s
task_timeout = 4s
[w_g]
task_timeout = none`;
    const config = read(text, ['w', 'other']);
    expect(config.findings).toEqual([]);
    expect(groupOf(config, 'w_g').options).toMatchObject({
      concurrency: 2,
      maxAttempts: 3,
      retryDelayMs: 4000,
      taskTimeoutMs: null,
      maxCrashes: 3,
    });
    expect(groupOf(config, 'other').options).toMatchObject({ maxAttempts: 3, taskTimeoutMs: 3000 });
  });

  it('have the documented defaults', () => {
    expect(groupOf(read('', ['w']), 'w').options).toEqual({
      user: null,
      resultsRoutingKey: 'results',
      concurrency: 1,
      maxAttempts: null,
      retryDelayMs: 5_000,
      retryMaxDelayMs: 3_600_000,
      maxCrashes: 3,
      taskTimeoutMs: null,
      killTimeoutMs: 10_000,
      stopTimeoutMs: 30_000,
      startTimeoutMs: 30_000,
      maxTasks: null,
      maxMemory: null,
      workdir: null,
      environment: {},
      mayPublish: null,
    });
  });

  it('are read, every one', () => {
    const text = `[w]
user = joe
results_routing_key =
concurrency = 4
max_attempts = 5
retry_delay = 250ms
retry_max_delay = 1d
max_crashes = 6
task_timeout = 90s
kill_timeout = 0
stop_timeout = 1m
start_timeout = 1s
max_tasks = 100
max_memory = 1G
workdir = /srv
environment = A=1, "B=x,y"
   C=a=b c
may_publish = a*, ex/key`;
    const config = read(text, ['w']);
    expect(config.findings).toEqual([]);
    expect(groupOf(config, 'w').options).toEqual({
      user: 'joe',
      resultsRoutingKey: '',
      concurrency: 4,
      maxAttempts: 5,
      retryDelayMs: 250,
      retryMaxDelayMs: 86_400_000,
      maxCrashes: 6,
      taskTimeoutMs: 90_000,
      killTimeoutMs: 0,
      stopTimeoutMs: 60_000,
      startTimeoutMs: 1000,
      maxTasks: 100,
      maxMemory: 1024 ** 3,
      workdir: '/srv',
      environment: { A: '1', B: 'x,y', C: 'a=b c' },
      mayPublish: ['a*', 'ex/key'],
    });
  });

  it('tell "anywhere" from "nowhere" in may_publish', () => {
    expect(groupOf(read('[w]\nmay_publish = *', ['w']), 'w').options.mayPublish).toBeNull();
    expect(groupOf(read('[w]\nmay_publish =', ['w']), 'w').options.mayPublish).toEqual([]);
  });

  it.each([
    ['user = ', 'the value is empty'],
    ['user = a b', 'no name of a user'],
    ['user = -x', 'no name of a user'],
    ['concurrency = 0', 'out of range'],
    ['max_attempts = x', 'no whole number'],
    ['task_timeout = 0', 'out of range'],
    ['task_timeout = 30', 'is no duration'],
    ['max_memory = lots', 'is no size'],
    ['workdir = here', 'no absolute path'],
    ['environment = A', 'sets no variable'],
    ['results_routing_key = worker_w', 'round in circles'],
  ])('are refused when wrong: %j', (text, message) => {
    expect(read(`[w]\n${text}`, ['w']).mistakes).toEqual([expect.stringContaining(message)]);
  });

  it('warn where retry_delay is above retry_max_delay', () => {
    expect(read('[w]\nretry_delay = 2h', ['w']).warnings).toEqual([
      expect.stringContaining('2h is cut to retry_max_delay = 1h'),
    ]);
  });

  it('report a mistake once, however many inherit it', () => {
    expect(read('[DEFAULT]\nconcurrency = x\n[a]\nsubgroups = x, y', ['a', 'b', 'c']).mistakes).toHaveLength(1);
  });
});

describe('settings for plugins', () => {
  it('are all other keys, inherited from [DEFAULT] to type to group', () => {
    const text =
      '[DEFAULT]\nspeed = 1\nsize = 1\ncolour = 1\n[w]\nsubgroups = g\nsize = 2\ncolour = 2\n[w_g]\nColour = 3';
    const config = read(text, ['w', 'other']);
    expect(config.findings).toEqual([]);
    expect(groupOf(config, 'w_g').settings).toEqual({ speed: '1', size: '2', colour: '3' });
    expect(groupOf(config, 'other').settings).toEqual({ speed: '1', size: '1', colour: '1' });
  });

  it('may be called anything at all', () => {
    const { settings } = groupOf(read('[w]\n__proto__ = x\nconstructor = y', ['w']), 'w');
    expect(Object.entries(settings)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('keep their lines and their text', () => {
    expect(groupOf(read('[w]\nscript = a\n  b\nt = true', ['w']), 'w').settings).toEqual({ script: 'a\nb', t: 'true' });
  });

  it('do not hold our own options, wherever those are inherited from', () => {
    const text = '[DEFAULT]\nlog_level = debug\nworkers = 1\n[taskqueue]\nconcurrency = 2\n[w]\nuser = u';
    expect(groupOf(read(text, ['w']), 'w').settings).toEqual({});
  });

  it.each([
    ['max_attemps = 3', 'did you mean "max_attempts"?'],
    ['worker = 3', 'did you mean "workers"?'],
    ['log_level = debug', 'it belongs in [taskqueue]'],
  ])('that look like an option of ours are warned about: %s', (text, message) => {
    const { warnings, mistakes } = read(`[w]\n${text}`, ['w']);
    expect(warnings).toEqual([expect.stringContaining(message)]);
    expect(mistakes).toEqual([]);
  });
});

describe('which section is whose', () => {
  it('refuses two sections for one type, and for one group', () => {
    expect(read('[w]\n[worker_w]', ['w']).mistakes).toEqual([expect.stringContaining('as [w] (c.ini:1) does')]);
    expect(read('[w]\nworkers: g\n[w_g]\n[worker_w_g]', ['w']).mistakes).toEqual([
      expect.stringContaining('as [w_g] (c.ini:3) does'),
    ]);
  });

  it('refuses a section that has two readings, and names them and the way out', () => {
    const { mistakes } = read('[worker_a]', ['a', 'worker_a']);
    expect(mistakes).toEqual([
      'c.ini:1: [worker_a]: may belong to the worker type "a", or to the worker type "worker_a": write [a] for "a", write [worker_worker_a] for "worker_a"',
    ]);
  });

  it('refuses a section that is both a type and a group of another', () => {
    const { mistakes } = read('[a]\nsubgroups = b\n[a_b]', ['a', 'a_b']);
    expect(mistakes.join('\n')).toContain(
      'may belong to the worker type "a_b", or to the group "b" of the worker type "a"',
    );
  });

  it('notes a section whose plugin is not here', () => {
    const { findings } = read('[elsewhere]\nmax_attempts = x', ['w']);
    expect(findings).toMatchObject([{ severity: 'note', section: 'elsewhere', place: 'c.ini:1' }]);
  });

  it.each([
    ['[wroker1]', 'did you mean "worker1"?'],
    ['[default]', 'did you mean "DEFAULT"?'],
    ['[AMQP]', 'did you mean "amqp"?'],
    ['[worker1_someone]', '"worker1" lists no such group'],
  ])('warns about a near miss: %s', (text, message) => {
    expect(read(text, ['worker1']).warnings).toEqual([expect.stringContaining(message)]);
  });

  it('leaves reserved names alone: a type so named uses [worker_<type>]', () => {
    const text =
      '[amqp]\nheartbeat = 3\n[worker_amqp]\nconcurrency = 4\n[worker_taskqueue]\nconcurrency = 5\n[worker_loggers]\nconcurrency = 6';
    const config = read(text, ['amqp', 'taskqueue', 'loggers']);
    expect(config.findings).toEqual([]);
    expect(config.groups.map(({ type, options }) => [type, options.concurrency])).toEqual([
      ['amqp', 4],
      ['loggers', 6],
      ['taskqueue', 5],
    ]);
  });

  it('merges a section that is spread over several files', () => {
    const config = read({ 'config.ini': '[w]\nuser = a\nconcurrency = 2', 'conf.d/x.ini': '[w]\nuser = b' }, ['w']);
    expect(groupOf(config, 'w').options).toMatchObject({ user: 'b', concurrency: 2 });
  });

  it('says whether a group is configured at all', () => {
    const config = read('[DEFAULT]\nuser = u\n[a]', ['a', 'b']);
    expect(config.groups.map(({ isConfigured }) => isConfigured)).toEqual([true, false]);
  });
});
