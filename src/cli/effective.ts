// The effective configuration as text: what would have to stand in the file to say all of it. Secrets are masked. Pure.
import type { AmqpConfig, Config, GroupConfig } from '../config/config.ts';
import type { Option, OptionTable } from '../config/option.ts';
import { AMQP_OPTIONS, GENERAL_OPTIONS } from '../config/options.ts';
import { workerSection } from '../config/sections.ts';
import { COUNT_KEYS, WORKER_OPTIONS } from '../config/worker-options.ts';

export interface EffectiveSection {
  readonly name: string;
  /** Said behind the name. */
  readonly about: string;
  readonly lines: readonly EffectiveLine[];
  /** Of the plugin; ours are `lines`. */
  readonly settings: Readonly<Record<string, string>>;
}

interface EffectiveLine {
  readonly key: string;
  /** As it may stand in the file; null where nothing is set. */
  readonly value: string | null;
  readonly isDefault: boolean;
}

const MASK = '********';

/**
 * @param pluginOf which plugin brings a type
 * @param defaultUser whom workers run as where the configuration names nobody; null: the pool manager's own user
 */
export function effectiveSections(
  config: Config,
  pluginOf: (type: string) => string,
  defaultUser: string | null,
): EffectiveSection[] {
  const { amqp, general, groups } = config;
  const results = line(WORKER_OPTIONS.resultsRoutingKey, general.resultsRoutingKey);
  return [
    { name: 'amqp', about: '', lines: amqpLines(amqp), settings: {} },
    { name: 'taskqueue', about: '', lines: [...tableLines(GENERAL_OPTIONS, general), results], settings: {} },
    ...groups.map((group) => groupSection(group, pluginOf(group.type), defaultUser)),
  ];
}

function amqpLines(amqp: AmqpConfig): EffectiveLine[] {
  const { hosts, user, password, vhost, isEncrypted, ca, cert, key, heartbeatSeconds, queueType } = AMQP_OPTIONS;
  return [
    { ...line(hosts, amqp.hosts), isDefault: false }, // the port is always shown
    line(user, amqp.user),
    { ...line(password, MASK), isDefault: amqp.password === password.shown },
    line(vhost, amqp.vhost),
    line(isEncrypted, amqp.tls !== null),
    ...(amqp.tls === null ? [] : [line(ca, amqp.tls.ca), line(cert, amqp.tls.cert), line(key, amqp.tls.key)]),
    line(heartbeatSeconds, amqp.heartbeatSeconds),
    line(queueType, amqp.queueType),
  ];
}

function groupSection(group: GroupConfig, plugin: string, defaultUser: string | null): EffectiveSection {
  const instances = { key: COUNT_KEYS.instances, value: String(group.instances), isDefault: false };
  const { user, environment, ...options } = group.options;
  const { user: userOption, environment: environmentOption, ...table } = WORKER_OPTIONS;
  const userLine =
    user === null ? { key: userOption.key, value: defaultUser, isDefault: true } : line(userOption, user);
  return {
    name: workerSection(group.name),
    about: `plugin ${plugin}${group.group === null ? '' : `, group "${group.group}" of the worker type "${group.type}"`}`,
    lines: [instances, userLine, ...tableLines(table, options), line(environmentOption, masked(environment))],
    settings: masked(group.settings),
  };
}

function tableLines<Values extends object>(table: OptionTable<Values>, values: Values): EffectiveLine[] {
  return (Object.keys(table) as (keyof Values & string)[]).map((field) => line(table[field], values[field]));
}

function line<T>({ key, kind, fallback, shown }: Option<T>, value: T): EffectiveLine {
  const text = kind.format(value);
  const isDefault = text === kind.format(fallback);
  if (value === null && text === '') return { key, value: shown ?? null, isDefault };
  return { key, value: text, isDefault };
}

/** Settings are the plugins' own, but their names tell which of them nobody should read over a shoulder. */
function masked(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values).map(([key, value]) => [key, SECRET.test(key) ? MASK : withoutPassword(value)]);
  return Object.fromEntries(entries);
}

const SECRET = /pass(w|$|phrase)|secret|token|credential|private|api_?key/i;

/** `https://joe:secret@host/` → `https://joe:********@host/` */
function withoutPassword(value: string): string {
  return value.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${MASK}@`);
}

export function effectiveText(sections: readonly EffectiveSection[]): string {
  return sections.map(sectionText).join('\n');
}

function sectionText({ name, about, lines, settings }: EffectiveSection): string {
  const [byDefault, chosen] = [lines.filter(({ isDefault }) => isDefault), lines.filter(({ isDefault }) => !isDefault)];
  const text = [`[${name}]${about === '' ? '' : `  ; ${about}`}`, ...[...chosen, ...byDefault].map(lineText)];
  const own = Object.entries(settings);
  if (own.length > 0) text.push('; settings for the plugin');
  for (const [key, value] of own) text.push(`${key} = ${value.replaceAll('\n', '\n  ')}`);
  return `${text.join('\n')}\n`;
}

function lineText({ key, value, isDefault }: EffectiveLine): string {
  if (value === null) return `;${key} is not set`;
  const text = `${key} = ${value.replaceAll('\n', '\n  ')}`.trimEnd();
  return isDefault ? `${text.padEnd(40)} ; default` : text;
}
