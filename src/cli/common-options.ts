// The options that many commands have, each said once, with what holds where it is left out.
import { Option } from 'commander';
import { DEFAULT_CONFIG_FILE } from '../config/find-files.ts';
import type { Io } from './io.ts';
import { duration } from './parsers.ts';

/** `-c/--config FILE`: `config`. */
export function configOption({ env }: Io): Option {
  const named = env.TASKQUEUE_CONFIG;
  const option = new Option('-c, --config <file>', 'the configuration file; TASKQUEUE_CONFIG may name it, too');
  return option.default(named === undefined || named === '' ? DEFAULT_CONFIG_FILE : named);
}

/** `--timeout`: ms. */
export function timeoutOption(): Option {
  const option = new Option('--timeout <duration>', 'how long the broker may take');
  return option.argParser(duration).default(10_000, '10s');
}

/** `--wait`, of commands that ask daemons: ms. */
export function waitOption(): Option {
  const option = new Option('--wait <duration>', 'how long daemons may take to answer');
  return option.argParser(duration).default(1_000, '1s');
}
