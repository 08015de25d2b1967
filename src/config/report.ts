// Collects what is wrong with a configuration, so that all of it is told at once.
import type { Finding } from './config.ts';

/** Where something stands; a line of 0 means the file as a whole. */
export interface Location {
  readonly file: string;
  readonly line: number;
}

/** What a finding is about. */
export interface About {
  readonly at: Location;
  readonly section?: string;
  readonly key?: string;
}

export interface Report {
  mistake(about: About, message: string): void;
  warning(about: About, message: string): void;
  note(about: About, message: string): void;
  /** In the order of the files and their lines. */
  findings(): Finding[];
}

export function createReport(): Report {
  const found: { about: About; finding: Finding }[] = [];
  const files: string[] = [];
  const add =
    (severity: Finding['severity']) =>
    (about: About, message: string): void => {
      if (!files.includes(about.at.file)) files.push(about.at.file);
      const { section = null, key = null } = about;
      found.push({ about, finding: { severity, place: placeOf(about.at), section, key, message } });
    };
  return {
    mistake: add('mistake'),
    warning: add('warning'),
    note: add('note'),
    findings() {
      const rank = ({ at }: About): number => files.indexOf(at.file);
      return found
        .toSorted((a, b) => rank(a.about) - rank(b.about) || a.about.at.line - b.about.at.line)
        .map(({ finding }) => finding);
    },
  };
}

function placeOf({ file, line }: Location): string {
  return line === 0 ? file : `${file}:${line}`;
}

/** `/etc/taskqueue/config.ini:12: [worker1] max_attempts: "x" is no whole number …` */
export function findingText({ place, section, key, message }: Finding): string {
  const about = `${section === null ? '' : `[${section}] `}${key ?? ''}`.trim();
  return [place, about, message].filter((part) => part !== '').join(': ');
}
