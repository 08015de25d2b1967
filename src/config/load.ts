// From the name of a configuration file to its sections, and to what does not depend on the installed plugins.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ownershipProblem } from '../core/ownership.ts';
import type { AmqpConfig, GeneralConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { dropInDirectory, dropInFiles } from './find-files.ts';
import { deepFreeze } from './freeze.ts';
import type { Surroundings } from './level.ts';
import { AMQP_OPTIONS } from './options.ts';
import { type Block, parseIni } from './parse.ts';
import { readPasswordFile } from './password-file.ts';
import { readTextFile } from './read-file.ts';
import { createReport, type Report } from './report.ts';
import { resolveAmqp } from './resolve-amqp.ts';
import { type InheritedLevels, resolveGeneral } from './resolve-general.ts';
import { AMQP, entriesOf, mergeBlocks, type Sections } from './sections.ts';

export interface LoadOptions extends Surroundings {
  /** Whether to refuse what others than root could change: where this process can switch users. */
  readonly mustBelongToRoot: boolean;
  /** The one file that need not exist. */
  readonly optionalFile: string;
  /** Where systemd puts credentials: $CREDENTIALS_DIRECTORY. */
  readonly credentialsDirectory: string | undefined;
}

/** All but the workers: those depend on the installed plugins. Mistakes are in the report, not yet thrown. */
export interface Basics {
  readonly files: readonly string[];
  readonly sections: Sections;
  readonly amqp: AmqpConfig;
  readonly general: GeneralConfig;
  readonly inherited: InheritedLevels;
  readonly report: Report;
  /** Files that may hold the broker's password. */
  readonly secretFiles: readonly string[];
}

/** @throws TaskqueueError `PERMISSION` where this user may not read a file */
export function loadBasics(configFile: string, options: LoadOptions): Basics {
  const report = createReport();
  const { files, blocks } = readFiles(resolve(configFile), options, report);
  const sections = mergeBlocks(blocks, report);
  const { credentialsDirectory } = options;
  const amqp = resolveAmqp(sections, (name) => readPasswordFile(name, credentialsDirectory), report);
  const { general, inherited } = resolveGeneral(sections, options, report);
  const passwordFile = entriesOf(sections, AMQP).get(AMQP_OPTIONS.passwordFile.key)?.value;
  const secretFiles = [...files, ...(passwordFile?.startsWith('/') ? [passwordFile] : [])];
  return { files, sections, amqp: deepFreeze(amqp), general: deepFreeze(general), inherited, report, secretFiles };
}

/** @throws ConfigError with all findings, where one of them is a mistake */
export function refuseMistakes(report: Report): void {
  const findings = report.findings();
  if (findings.some(({ severity }) => severity === 'mistake')) throw new ConfigError(findings);
}

/** Far more than anybody writes. */
const MAX_BYTES = 1024 ** 2;

function readFiles(configFile: string, options: LoadOptions, report: Report): { files: string[]; blocks: Block[] } {
  const { mustBelongToRoot, optionalFile } = options;
  const directory = dropInDirectory(configFile);
  if (mustBelongToRoot && existsSync(directory)) checkOwnership(directory, report);
  const files: string[] = [];
  const blocks: Block[] = [];
  for (const file of [configFile, ...dropInFiles(directory, report)]) {
    const content = readTextFile(file, MAX_BYTES);
    if (content.kind === 'missing' && file === optionalFile) continue;
    files.push(file);
    const about = { at: { file, line: 0 } };
    if (content.kind === 'missing') report.mistake(about, 'there is no such file');
    else if (content.kind === 'unusable') report.mistake(about, content.problem);
    else blocks.push(...parseIni(content.text, file, report));
    if (mustBelongToRoot && content.kind === 'text') checkOwnership(file, report);
  }
  return { files, blocks };
}

/** Whoever can change the configuration can choose whom the pool manager's processes run as. */
function checkOwnership(path: string, report: Report): void {
  const problem = ownershipProblem(path);
  if (problem !== undefined) report.mistake({ at: { file: path, line: 0 } }, problem);
}
