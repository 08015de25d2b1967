// A reload: the log tells everything that is wrong with the new configuration, as the start would, and what it cannot change.
import { isDeepStrictEqual } from 'node:util';
import type { AmqpConfig } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { findingText } from '../config/report.ts';
import type { Logger } from '../core/logger.ts';
import type { Installation } from '../installation/load.ts';
import { logFindings } from './log-findings.ts';

/** @throws what `load` throws */
export function loadAgain(load: () => Installation, inUse: AmqpConfig, logger: Logger): Installation {
  try {
    const next = load();
    logFindings(logger, next.findings);
    if (!isDeepStrictEqual(next.config.amqp, inUse))
      logger.warn({}, '[amqp] has changed: that counts from the next start on');
    return next;
  } catch (err) {
    if (err instanceof ConfigError) logMistakes(err, logger);
    throw err;
  }
}

/** A single one is the message of the error itself. */
function logMistakes({ findings }: ConfigError, logger: Logger): void {
  const mistakes = findings.filter(({ severity }) => severity === 'mistake');
  if (mistakes.length > 1) for (const mistake of mistakes) logger.error({}, findingText(mistake));
}
