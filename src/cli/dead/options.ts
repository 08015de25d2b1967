// The options by which `taskqueue dead …` selects messages, the same for each of its commands.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEAD, UNROUTABLE } from '../../broker/topology.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { Selection } from '../../parked/selection.ts';
import { PARK_REASONS } from '../../workitem/headers.ts';
import { configOption, timeoutOption } from '../common-options.ts';
import type { Io } from '../io.ts';
import { duration, wholeNumber } from '../parsers.ts';
import type { Connecting } from '../with-broker.ts';

export interface SelectOptions extends Connecting {
  readonly type?: readonly string[];
  readonly reason?: readonly string[];
  readonly fingerprint?: readonly string[];
  /** ms, as below */
  readonly olderThan?: number;
  readonly newerThan?: number;
  readonly limit?: number;
  readonly json?: boolean;
}

export function addSelection(command: Command, io: Io): Command {
  return command
    .argument('[ids...]', 'ids of workitems, or runs: whole, or their last eight characters')
    .option('--type <type>', 'only of this worker type; as often as wanted', collect)
    .addOption(
      new Option('--reason <reason>', `only for this reason: ${PARK_REASONS.join(', ')}`).argParser(collectReasons),
    )
    .option('--fingerprint <fingerprint>', 'only with this error, as "list --group" names it', collect)
    .option('--older-than <duration>', 'only what was parked longer ago: 30m, 2h, 7d', duration)
    .option('--newer-than <duration>', 'only what was parked since then', duration)
    .option('--limit <number>', 'so many at most', wholeNumber)
    .addOption(timeoutOption())
    .option('--json', 'print JSON, one line for each')
    .addOption(configOption(io));
}

export function addQueue(command: Command): Command {
  const queues = new Option(
    '--queue <queue>',
    'which queue: parked ones, or those that wait for a queue of their type',
  );
  return command.addOption(queues.choices(['dead', 'unroutable']).default('dead'));
}

export type QueueChoice = 'dead' | 'unroutable';

export function queueOf(choice: QueueChoice): string {
  return choice === 'dead' ? DEAD : UNROUTABLE;
}

/** @param now ms since 1970 */
export function selectionOf(ids: readonly string[], options: SelectOptions, now: number): Selection {
  const { olderThan, newerThan } = options;
  return {
    ids,
    types: options.type ?? [],
    reasons: options.reason ?? [],
    fingerprints: options.fingerprint ?? [],
    before: olderThan === undefined ? null : now - olderThan,
    since: newerThan === undefined ? null : now - newerThan,
  };
}

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function collectReasons(text: string, before: readonly string[] | undefined): string[] {
  if (!(PARK_REASONS as readonly string[]).includes(text)) {
    const guess = didYouMean(text, PARK_REASONS) || `: there are ${PARK_REASONS.join(', ')}`;
    throw new InvalidArgumentError(`There is no such reason${guess}`);
  }
  return collect(text, before);
}
