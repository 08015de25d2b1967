// The loss checker. Two hosts with a dispatcher and a pool each work on a real RabbitMQ while processes are killed, stopped
// and restarted, brokers die and connections break, as a seed has it; then every workitem that a sender saw confirmed must
// have its one outcome. Ends with 1 where it has not.
//   npm run chaos -- [--minutes N] [--seed S] [--setup classic|quorum|cluster|all] [--per-second N]
//                  [--faults KIND,…] [--log-level debug] [--keep-logs] [--ack-before-publish]
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { releaseDirectory } from '../support/guard.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { isGood } from './ledger.ts';
import { copyProgram } from './program.ts';
import { type Report, reportText } from './report.ts';
import { run } from './run.ts';
import { type FaultKind, faultKind } from './schedule.ts';
import { SETUPS, type Setup } from './setup.ts';

const KEPT = fileURLToPath(new URL('../../.cache/chaos', import.meta.url));

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      setup: { type: 'string', default: 'quorum' },
      'per-second': { type: 'string', default: '40' },
      faults: { type: 'string' },
      'log-level': { type: 'string', default: 'info' },
      'keep-logs': { type: 'boolean', default: false },
      'ack-before-publish': { type: 'boolean', default: false },
    },
  });
  const wanted = SETUPS.filter((setup) => values.setup === setup || values.setup === 'all');
  if (wanted.length === 0) throw new Error(`--setup ${values.setup}: there are ${SETUPS.join(', ')} and all`);
  const reports: string[] = [];
  let isAllGood = true;
  for (const setup of wanted) {
    const seed = Number(values.seed);
    const only = values.faults === undefined ? '' : ` --faults ${values.faults}`;
    console.log(`${setup}: ${values.minutes} min, replay with --setup ${setup} --seed ${seed}${only}`);
    const report = await oneRun(setup, seed, {
      minutes: Number(values.minutes),
      perSecond: Number(values['per-second']),
      kinds: values.faults?.split(',').map(faultKind) ?? null,
      logLevel: values['log-level'],
      keepLogs: values['keep-logs'],
      ackBeforePublish: values['ack-before-publish'],
    });
    isAllGood &&= isPassed(report);
    reports.push(reportText(report));
  }
  console.log(`\n${reports.join('\n\n')}`);
  return isAllGood ? 0 : 1;
}

interface Wishes {
  readonly minutes: number;
  readonly perSecond: number;
  readonly kinds: readonly FaultKind[] | null;
  readonly logLevel: string;
  readonly keepLogs: boolean;
  readonly ackBeforePublish: boolean;
}

async function oneRun(setup: Setup, seed: number, wishes: Wishes): Promise<Report> {
  const directory = temporaryDirectory('chaos');
  const program = copyProgram(directory, wishes.ackBeforePublish);
  const begun = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(7)}  ${line}`);
  let isFine = false;
  try {
    const report = await run({ setup, seed, ...wishes, directory, program, say });
    isFine = isPassed(report) && !wishes.keepLogs;
    return report;
  } finally {
    if (!isFine) keepLogs(directory, join(KEPT, `${setup}-${seed}`));
    rmSync(directory, { recursive: true, force: true });
    releaseDirectory(directory);
  }
}

function isPassed({ verdict, accidents }: Report): boolean {
  return isGood(verdict) && accidents.length === 0;
}

function keepLogs(directory: string, kept: string): void {
  mkdirSync(kept, { recursive: true });
  const isLog = (name: string): boolean => name.endsWith('.log') || name.startsWith('starts-');
  for (const name of readdirSync(directory).filter(isLog)) cpSync(join(directory, name), join(kept, name));
  console.log(`The logs of the daemons are in ${kept}.`);
}
