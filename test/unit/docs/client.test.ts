// docs/client.md shows code that people copy, and tables that they rely on. The code is that of test/fixtures/client-doc,
// which the type check and the linter see, and test/e2e/client-doc.test.ts runs.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/client.ts';
import { settingsOf } from '../../../src/client/settings.ts';
import { queuedState, STATUS_NUMBERS } from '../../../src/client/status.ts';
import { workitemMessage } from '../../../src/client/workitem-message.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const FIXTURES = here('../../fixtures/client-doc/');
const DOC = readFileSync(here('../../../docs/client.md'), 'utf8');
const LISTINGS = new Map(
  [...DOC.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, path, code]) => [path, code]),
);

/** The names in the first cells of all rows below this heading, up to the next one. */
function namesBelow(heading: string): string[] {
  const [, section = ''] = DOC.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [own = ''] = section.split(/^#/m);
  const cells = own.split('\n').flatMap((line) => /^\| ([^|]*) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name as string)).sort();
}

function optionsIn(message: string): string[] {
  const list = /there are ([\w, ]+)/.exec(message)?.[1] ?? '';
  return list.split(', ').sort();
}

function refusal(attempt: () => unknown): string {
  try {
    attempt();
  } catch (err) {
    return (err as Error).message;
  }
  return '';
}

describe('the listings', () => {
  it('are all those of the fixtures, as they are', () => {
    expect([...LISTINGS.keys()].sort()).toEqual(readdirSync(FIXTURES).sort());
    for (const [name, code] of LISTINGS) expect(code).toBe(readFileSync(FIXTURES + name, 'utf8'));
    expect([...DOC.matchAll(/^```(js|ts)$/gm)]).toHaveLength(LISTINGS.size);
  });
});

describe('the tables', () => {
  it('have all options of connect', () => {
    const message = refusal(() => settingsOf({ odd: 1 } as never, {}));
    expect(namesBelow('Connect')).toEqual(optionsIn(message));
  });

  it('have all options of submit', () => {
    const facts = { id: 'id', replyQueue: 'mine', now: 0, maxMessageSize: 9 };
    const message = refusal(() => workitemMessage('w', '', { odd: 1 } as never, facts));
    expect(namesBelow('Options of `submit`').filter((name) => !['json', 'text', 'binary'].includes(name))).toEqual(
      optionsIn(message),
    );
  });

  it('have all statuses, with their numbers', () => {
    const rows = [...DOC.matchAll(/^\| `([A-Z]+)` \| (\d+) \|/gm)].map(([, name, number]) => [name, Number(number)]);
    expect(Object.fromEntries(rows)).toEqual(STATUS_NUMBERS);
  });

  it('have all that a handle knows', () => {
    const [, row = ''] = /^\| `state` \| (.*) \|$/m.exec(DOC) ?? [];
    const named = [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(queuedState(0)).sort());
  });

  it('name no method of a client that it has not', () => {
    const named = new Set([...DOC.matchAll(/client\.(\w+)/g)].map(([, name]) => name as string));
    for (const name of named) expect(name in Client.prototype, name).toBe(true);
  });
});
