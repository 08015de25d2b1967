// What a dispatcher needs of an installation: its settings, and a reader for the formats of plugins.
import type { Identity } from '../child/identity.ts';
import { type Child, spawnChild } from '../child/spawn.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { programOf } from '../core/own-package.ts';
import type { Installation } from '../installation/load.ts';
import type { DispatcherSettings } from './dispatcher.ts';
import { FormatReader } from './format-reader/format-reader.ts';

const READER_PROGRAM = programOf('dispatcher/format-reader/main');

interface ReaderTools {
  readonly logger: Logger;
  readonly clock: Clock;
  /** As whom the child process runs; `null`: as whoever we are. */
  identityOf(): Promise<Identity | null>;
}

export function readerFor({ plugins }: Installation['installed'], tools: ReaderTools): FormatReader {
  const formats = plugins.flatMap((plugin) => plugin.formats.map(({ format, module }) => ({ format, module })));
  const spawn = async (): Promise<Child> =>
    spawnChild({ program: READER_PROGRAM, identity: await tools.identityOf(), environment: {}, workdir: '/' });
  return new FormatReader({ formats, spawn, logger: tools.logger, clock: tools.clock });
}

export function settingsFrom(
  { config, installed }: Pick<Installation, 'config' | 'installed'>,
  reader: FormatReader,
): DispatcherSettings {
  const { general, amqp } = config;
  return {
    formats: {
      types: { whenAbsent: general.defaultWorkitemType, map: general.workitemTypeMap },
      fromPlugins: new Set(installed.plugins.flatMap(({ formats }) => formats.map(({ format }) => format))),
    },
    maxMessageSize: general.maxMessageSize,
    workerTypeOf: (format, body) => reader.workerTypeOf(format, body),
    resultsKeyOf: (type) =>
      config.groups.find((group) => group.type === type)?.options.resultsRoutingKey ?? general.resultsRoutingKey,
    queueType: amqp.queueType,
    unroutableTtlMs: general.unroutableTtlMs,
  };
}
