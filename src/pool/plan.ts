// Which processes shall run: configuration × plugins. Pure.
import { createHash } from 'node:crypto';
import type { FormatModule, WorkerModule, WorkerSetup } from '../child/protocol.ts';
import type { Config, GroupConfig } from '../config/config.ts';
import type { Installed, WorkerCode } from '../plugin/plugin.ts';

export interface GroupPlan {
  readonly group: GroupConfig;
  /** What does the work. */
  readonly code: WorkerCode;
  /** All formats that are installed: a workitem for this type may be in any of them. */
  readonly formats: readonly FormatModule[];
  readonly defaultWorkitemType: string;
  readonly workitemTypeMap: Readonly<Record<string, string>>;
  readonly maxMessageSize: number;
  /** Changes with everything that a running process has been given: then it has to be replaced. */
  readonly fingerprint: string;
}

/** One plan for each group of the configuration whose type is installed, by the name of the group. */
export function planOf(config: Config, installed: Installed): ReadonlyMap<string, GroupPlan> {
  const plugins = installed.plugins;
  const formats = plugins.flatMap((plugin) => plugin.formats.map(({ format, module }) => ({ format, module })));
  const formatPlugins = plugins.filter((plugin) => plugin.formats.length > 0).map((plugin) => plugin.fingerprint);
  const { defaultWorkitemType, workitemTypeMap, maxMessageSize } = config.general;
  const plans = new Map<string, GroupPlan>();
  for (const group of config.groups) {
    const plugin = plugins.find(({ workers }) => workers.some(({ type }) => type === group.type));
    const worker = plugin?.workers.find(({ type }) => type === group.type);
    if (!plugin || !worker) continue;
    const { type: _type, ...code } = worker;
    const given = { code, formats, defaultWorkitemType, workitemTypeMap, maxMessageSize };
    const { instances: _, ...settled } = group;
    const fingerprint = hash([settled, given, plugin.fingerprint, formatPlugins]);
    plans.set(group.name, { group, ...given, fingerprint });
  }
  return plans;
}

/** What a process of Node's is told first. */
export function setupFor(plan: GroupPlan & { readonly code: WorkerModule }, instance: string): WorkerSetup {
  const { group, code, formats, defaultWorkitemType, workitemTypeMap, maxMessageSize } = plan;
  const given = { code, formats, defaultWorkitemType, workitemTypeMap, maxMessageSize };
  const { type, settings, options } = group;
  return { kind: 'setup', type, instance, settings, concurrency: options.concurrency, ...given };
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
