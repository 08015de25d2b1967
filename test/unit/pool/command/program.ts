// A program in the hands of a test: a real process behind a `CommandProcess`, and everything that it has made of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readManifest } from '../../../../src/plugin/manifest.ts';
import type { WorkerEntry } from '../../../../src/plugin/plugin.ts';
import { CommandProcess, type CommandProcessOptions } from '../../../../src/pool/command/command-process.ts';
import type { Terms } from '../../../../src/pool/command/work-line.ts';
import { codecOf } from '../../../../src/pool/failed-result.ts';
import type { ProcessOptions, RunningProcess, WorkFrame } from '../../../../src/pool/process-life.ts';
import { startProcess } from '../../../../src/pool/start-process.ts';
import { type FakeTools, fakeTools } from '../../../support/fake-tools.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { until } from '../../../support/until.ts';
import { groupConfig, plan } from '../fixtures.ts';

export interface Ended {
  readonly how: string;
  readonly lastLines: string;
}

export interface Program {
  readonly process: RunningProcess;
  readonly tools: FakeTools;
  readonly frames: readonly { readonly frame: WorkFrame; readonly body: string }[];
  readonly ended: Ended | undefined;
  isReady: boolean;
  /** Gives it a workitem; its number. */
  give(body: string | Buffer, contentType?: string): number;
  /** Once there are so many. */
  outcomes(count: number): Promise<readonly { readonly job: number; readonly kind: string; readonly body: string }[]>;
  ready(): Promise<void>;
  end(): Promise<Ended>;
}

type More = Partial<Omit<CommandProcessOptions, 'terms'>> & { readonly terms?: Partial<Terms> };

/** @param command of which the first word is the whole path of a program */
export function start(command: readonly [string, ...string[]], { terms, ...more }: More = {}): Program {
  const codec = codecOf(plan({}, { maxMessageSize: 100_000 }));
  const all = { accept: ['*/*'], raw: false, settings: {}, instance: 'w#1', codec, ...terms };
  const spec = { command, identity: null, environment: {}, workdir: '/' };
  const usual = { spec, type: 'w', instance: 'w#1', terms: all, setup: null, readyAfterMs: 1_000 };
  return inTheHandsOfATest((options) => new CommandProcess({ ...options, ...usual, ...more }));
}

/** The one worker type that the plugin in this directory brings, as a pool starts it. */
export function startPlugin(directory: string, settings: Record<string, string> = {}): Program {
  const manifest = readManifest(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')), directory);
  if (manifest.kind !== 'plugin') throw new Error(`no plugin: ${JSON.stringify(manifest)}`);
  const { type, ...code } = manifest.plugin.workers[0] as WorkerEntry;
  const group = groupConfig({ type, name: type, settings });
  const spec = { program: '', identity: null, environment: {}, workdir: '/' };
  return inTheHandsOfATest((options) => startProcess(plan({}, { group, code }), `${type}#1`, spec, options));
}

function inTheHandsOfATest(begin: (options: ProcessOptions) => RunningProcess): Program {
  const tools = fakeTools();
  const frames: { frame: WorkFrame; body: string }[] = [];
  let ended: Ended | undefined;
  let lastJob = 0;
  const process = begin({
    logger: tools.logger,
    clock: tools.clock,
    currentFields: () => ({ workitem: 'this one' }),
    onReady: () => {
      program.isReady = true;
    },
    onFrame: (frame, body) => void frames.push({ frame, body: body.toString('utf8') }),
    onTurnless: () => undefined,
    onEnded: (how, lastLines) => {
      ended = { how, lastLines };
    },
  });
  onTestFinished(() => process.kill('is not needed any more'));

  const outcomesNow = () =>
    frames.flatMap(({ frame, body }) =>
      frame.kind === 'outcome' ? [{ job: frame.job, kind: frame.outcome.kind, body }] : [],
    );
  const program: Program = {
    process,
    tools,
    frames,
    isReady: false,
    get ended() {
      return ended;
    },
    give(body, contentType = 'application/json') {
      const job = ++lastJob;
      const envelope = { id: `id ${job}`, workerType: 'w', contentType, properties: { contentType }, headers: {} };
      const order = { kind: 'work', job, envelope, attempt: 1, isLastAttempt: true } as const;
      process.send(order, Buffer.from(body as string));
      return job;
    },
    outcomes: (count) => until(() => outcomesNow().length >= count && outcomesNow(), `${count} outcomes`),
    async ready() {
      await until(() => program.isReady || ended, 'it is ready');
      if (ended) throw new Error(`it ${ended.how}\n${ended.lastLines}`);
    },
    end: () => until(() => ended, 'it ends'),
  };
  return program;
}

/** A shell script, which has said that it is ready; `each` is run for every line that it gets, as `$line`. */
export function shell(each: string, more: More = {}): Program {
  return script(`echo '{"ready":true}'\nwhile read -r line; do\njob=\${line#*:}; job=\${job%%,*}\n${each}\ndone`, more);
}

export function script(text: string, more: More = {}): Program {
  const path = join(temporaryDirectory('script'), 'worker.sh');
  writeFileSync(path, text);
  return start(['/bin/sh', path], more);
}
