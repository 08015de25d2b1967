import { describe, expect, it } from 'vitest';
import type { WorkerModule } from '../../../src/child/protocol.ts';
import type { Config, GroupConfig } from '../../../src/config/config.ts';
import type { Installed, Plugin } from '../../../src/plugin/plugin.ts';
import { type GroupPlan, planOf, setupFor } from '../../../src/pool/plan.ts';
import { groupConfig, OPTIONS } from './fixtures.ts';

const PLUGIN: Plugin = {
  name: 'p',
  version: '1',
  directory: '/plugins/p',
  workers: [{ type: 'w', kind: 'class', module: '/plugins/p/w.js' }],
  formats: [],
  fingerprint: 'files',
};
const FORMATS: Plugin = {
  ...PLUGIN,
  name: 'f',
  workers: [],
  formats: [{ format: 'x/y', module: '/plugins/f/y.js' }],
};
const GENERAL: Config['general'] = {
  plugins: null,
  resultsRoutingKey: 'results',
  defaultWorkitemType: 'application/json',
  workitemTypeMap: {},
  pluginPath: [],
  logLevel: 'info',
  logFormat: 'auto',
  unroutableTtlMs: 1,
  maxMessageSize: 1_000,
};
const planned = (
  groups: readonly GroupConfig[] = [groupConfig()],
  plugins: readonly Plugin[] = [PLUGIN],
  general = GENERAL,
): ReadonlyMap<string, GroupPlan> =>
  planOf({ general, groups, amqp: {}, files: [] } as unknown as Config, { plugins, problems: [] } as Installed);
const print = (...how: Parameters<typeof planned>): string | undefined => planned(...how).get('w')?.fingerprint;

describe('a plan', () => {
  it('joins a group with the module of its type and all formats', () => {
    expect(planned([groupConfig()], [PLUGIN, FORMATS]).get('w')).toMatchObject({
      code: { kind: 'class', module: '/plugins/p/w.js' },
      formats: [{ format: 'x/y', module: '/plugins/f/y.js' }],
      maxMessageSize: 1_000,
    });
  });

  it('says how the type does its work, and changes its fingerprint with that', () => {
    const functions: Plugin = { ...PLUGIN, workers: [{ type: 'w', kind: 'rpc', module: '/plugins/p/w.js' }] };
    const plan = planned([groupConfig()], [functions]).get('w') as GroupPlan & { code: WorkerModule };
    expect(setupFor(plan, 'w#1').code).toEqual({ kind: 'rpc', module: '/plugins/p/w.js' });
    expect(plan.fingerprint).not.toBe(print());
  });

  it('has nothing for a type that is not installed', () => {
    expect([...planned([groupConfig({ type: 'other', name: 'other' }), groupConfig()]).keys()]).toEqual(['w']);
  });

  it('keeps groups of one type apart', () => {
    const groups = [groupConfig({ group: 'a', name: 'w_a' }), groupConfig({ group: 'b', name: 'w_b' })];
    expect([...planned(groups).keys()]).toEqual(['w_a', 'w_b']);
  });
});

describe('the fingerprint', () => {
  it('stays where nothing has changed, and where only the number of instances has', () => {
    expect(print()).toBe(print());
    expect(print([groupConfig({ instances: 5 })])).toBe(print());
  });

  it.each<[string, Parameters<typeof planned>]>([
    ['an option', [[groupConfig({}, { ...OPTIONS, concurrency: 2 })]]],
    ['a setting of the plugin', [[groupConfig({ settings: { url: 'x' } })]]],
    ['a file of the plugin', [[groupConfig()], [{ ...PLUGIN, fingerprint: 'other' }]]],
    ['a new format', [[groupConfig()], [PLUGIN, FORMATS]]],
    ['max_message_size', [[groupConfig()], [PLUGIN], { ...GENERAL, maxMessageSize: 2_000 }]],
    ['workitem_type_map', [[groupConfig()], [PLUGIN], { ...GENERAL, workitemTypeMap: { a: 'b' } }]],
  ])('changes with %s', (_, how) => {
    expect(print(...how)).not.toBe(print());
  });

  it('changes with a file of a plugin that only brings formats', () => {
    const before = print([groupConfig()], [PLUGIN, FORMATS]);
    expect(print([groupConfig()], [PLUGIN, { ...FORMATS, fingerprint: 'other' }])).not.toBe(before);
  });

  it('stays when a plugin for another type has changed', () => {
    const other: Plugin = { ...PLUGIN, name: 'q', workers: [{ type: 'q', kind: 'class', module: '/q.js' }] };
    expect(print([groupConfig()], [PLUGIN, { ...other, fingerprint: 'other' }])).toBe(
      print([groupConfig()], [PLUGIN, other]),
    );
  });
});

it('a process is told what it runs, and nothing about the broker', () => {
  const one = planned([groupConfig({ settings: { url: 'x' } })]).get('w') as GroupPlan;
  const code = { kind: 'class', module: '/plugins/p/w.js' } as const;
  expect(setupFor({ ...one, code }, 'w#2')).toEqual({
    kind: 'setup',
    concurrency: 1,
    type: 'w',
    instance: 'w#2',
    code,
    formats: [],
    settings: { url: 'x' },
    defaultWorkitemType: 'application/json',
    workitemTypeMap: {},
    maxMessageSize: 1_000,
  });
});
