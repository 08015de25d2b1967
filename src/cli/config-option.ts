import { Option } from 'commander';
import { DEFAULT_CONFIG_FILE } from '../config/find-files.ts';
import type { Io } from './io.ts';

/** `-c/--config FILE`, the same for every command. */
export function configOption({ env }: Io): Option {
  const named = env.TASKQUEUE_CONFIG;
  const option = new Option('-c, --config <file>', 'the configuration file; TASKQUEUE_CONFIG may name it, too');
  return option.default(named === undefined || named === '' ? DEFAULT_CONFIG_FILE : named);
}
