// Reads a configuration out of texts, as the product does out of files.
import type { AmqpConfig, Finding, GeneralConfig, GroupConfig } from '../../../src/config/config.ts';
import { parseIni } from '../../../src/config/parse.ts';
import { createReport, findingText } from '../../../src/config/report.ts';
import { type PasswordFile, resolveAmqp } from '../../../src/config/resolve-amqp.ts';
import { resolveGeneral } from '../../../src/config/resolve-general.ts';
import { resolveWorkers } from '../../../src/config/resolve-workers.ts';
import { mergeBlocks } from '../../../src/config/sections.ts';

export interface Read {
  amqp: AmqpConfig;
  general: GeneralConfig;
  groups: GroupConfig[];
  findings: Finding[];
  /** The findings as people see them, those of the given severity. */
  mistakes: string[];
  warnings: string[];
  notes: string[];
}

const noPasswordFile = (): PasswordFile => ({ ok: false, problem: 'no password files in this test' });

/** @param texts one text, or several by the name of their file */
export function read(
  texts: string | Record<string, string>,
  types: string[] = [],
  passwordFile: (name: string) => PasswordFile = noPasswordFile,
): Read {
  const report = createReport();
  const files = typeof texts === 'string' ? { 'c.ini': texts } : texts;
  const blocks = Object.entries(files).flatMap(([file, text]) => parseIni(text, file, report));
  const sections = mergeBlocks(blocks, report);
  const surroundings = { leadsBack: (key: string): boolean => key === 'taskqueue' || key.startsWith('worker_') };
  const amqp = resolveAmqp(sections, passwordFile, report);
  const { general, inherited } = resolveGeneral(sections, surroundings, report);
  const groups = resolveWorkers(sections, types, inherited, surroundings, report);
  const findings = report.findings();
  const texts_ = (severity: Finding['severity']): string[] =>
    findings.filter((finding) => finding.severity === severity).map(findingText);
  return {
    amqp,
    general,
    groups,
    findings,
    mistakes: texts_('mistake'),
    warnings: texts_('warning'),
    notes: texts_('note'),
  };
}

/** The group of that name; a test fails where there is none. */
export function groupOf({ groups }: Read, name: string): GroupConfig {
  const found = groups.find((group) => group.name === name);
  if (found === undefined) throw new Error(`no group ${name} among ${groups.map((group) => group.name).join(', ')}`);
  return found;
}
