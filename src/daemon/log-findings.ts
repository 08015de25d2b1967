// What was found in the configuration, in the log of a daemon that runs all the same.
import type { Finding } from '../config/config.ts';
import { findingText } from '../config/report.ts';
import type { Logger } from '../core/logger.ts';

export function logFindings(logger: Logger, findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.severity === 'note') logger.info({}, findingText(finding));
    else logger.warn({}, findingText(finding));
  }
}
