// Starts the process of an instance: of Node's, or of any program, as its plan says. Nobody above knows the difference.
import { DEFAULT_PATH } from '../child/environment.ts';
import { canSwitchUsers } from '../child/identity.ts';
import type { ChildSpec, CommandSpec } from '../child/spawn.ts';
import { commandLine } from '../plugin/command-line.ts';
import type { CommandCode } from '../plugin/plugin.ts';
import { CommandProcess } from './command/command-process.ts';
import type { Terms } from './command/work-line.ts';
import { codecOf } from './failed-result.ts';
import { type GroupPlan, setupFor } from './plan.ts';
import type { ProcessOptions, RunningProcess } from './process-life.ts';
import { WorkerProcess } from './worker-process.ts';

/** In tests, somebody else's. */
export type StartProcess = typeof startProcess;

/**
 * @param spec as whom, and where
 * @throws TaskqueueError where no process can be started like this
 */
export function startProcess(
  plan: GroupPlan,
  instance: string,
  spec: ChildSpec,
  options: ProcessOptions,
): RunningProcess {
  const { code } = plan;
  return code.kind === 'command'
    ? startCommand(plan, code, instance, spec, options)
    : new WorkerProcess({ ...options, spec, setup: setupFor({ ...plan, code }, instance) });
}

/** A program that ends at once – it lacks a module, or its script has a mistake – as a rule does so before that. */
const READY_AFTER_MS = 1_000;
/** Of the lines that a program hears and says. */
const LINES_VERSION = 1;

function startCommand(
  plan: GroupPlan,
  code: CommandCode,
  instance: string,
  spec: ChildSpec,
  options: ProcessOptions,
): RunningProcess {
  const { group, maxMessageSize } = plan;
  const { type, settings } = group;
  const { concurrency, startTimeoutMs } = group.options;
  return new CommandProcess({
    ...options,
    spec: commandSpec(code, spec),
    type,
    instance,
    terms: termsOf(plan, code, instance),
    setup: code.handshake ? { version: LINES_VERSION, type, instance, settings, concurrency, maxMessageSize } : null,
    readyAfterMs: Math.min(READY_AFTER_MS, startTimeoutMs / 2),
  });
}

function termsOf(plan: GroupPlan, { accept, raw }: CommandCode, instance: string): Terms {
  return { accept, raw, settings: plan.group.settings, instance, codec: codecOf(plan) };
}

/** Where we are root, programs of the system are those of the system's directories, whatever our own PATH may be. */
function commandSpec(code: CommandCode, { identity, keepsCapabilities, environment, workdir }: ChildSpec): CommandSpec {
  const mustBelongToRoot = canSwitchUsers();
  const own = mustBelongToRoot ? DEFAULT_PATH : (process.env.PATH ?? DEFAULT_PATH);
  return {
    command: commandLine(code, { path: environment.PATH ?? own, mustBelongToRoot }),
    identity,
    ...(keepsCapabilities === undefined ? {} : { keepsCapabilities }),
    environment: { TASKQUEUE_PLUGIN_DIR: code.directory, ...environment },
    workdir,
  };
}
