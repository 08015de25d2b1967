// How findings look on a terminal: one line each, in the form that editors know from compilers.
import type { Finding } from '../config/config.ts';
import { findingText } from '../config/report.ts';
import { printable } from '../core/text.ts';
import type { Io } from './io.ts';

/** `/etc/taskqueue/config.ini:12: warning: [worker1] max_attemps: …` */
export function printFindings(io: Io, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { place, severity } = finding;
    const text = `${severity}: ${findingText({ ...finding, place: '' })}`;
    io.err(`${printable(place === '' ? text : `${place}: ${text}`)}\n`);
  }
}
