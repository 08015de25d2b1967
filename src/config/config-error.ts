// What is thrown where a configuration has mistakes, all of them at once.
import { TaskqueueError } from '../core/errors.ts';
import type { Finding } from './config.ts';
import { findingText } from './report.ts';

/** A configuration that nothing may run with. Its message is one line; `findings` holds everything there is to say. */
export class ConfigError extends TaskqueueError {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const [first, ...more] = findings.filter(({ severity }) => severity === 'mistake');
    const text = first === undefined ? 'the configuration is wrong' : findingText(first);
    super('CONFIG', more.length === 0 ? text : `${text} (and ${more.length} more: see "taskqueue check")`);
    this.name = 'ConfigError';
    this.findings = findings;
  }
}
