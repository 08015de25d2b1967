// What `taskqueue why` says: where the workitem is, and since when; then what else is known of it. Pure. Texts of others are
// escaped by whoever prints this.
import { typeOfQueue } from '../../broker/topology.ts';
import type { JobStatus } from '../../control/answer.ts';
import type { Pause } from '../../control/standing.ts';
import { SHORTEST_END } from '../../parked/selection.ts';
import { counted } from '../counted.ts';
import type { QueueDepth } from '../fleet/fleet.ts';
import { percentText } from '../progress-bar.ts';
import { ageText, isoText, shortDuration } from '../time-text.ts';
import type { Conclusion, Life, Verdict } from './verdict.ts';

interface Background {
  /** ms since 1970 */
  readonly now: number;
  /** How many daemons have answered. */
  readonly daemons: number;
  readonly pauses: readonly Pause[];
}

/** Lines; the first one is the answer. */
export function whyText(id: string, conclusion: Conclusion, background: Background): readonly string[] {
  const { lives, cancelled } = conclusion;
  const [life, ...others] = lives;
  const isOver = life !== undefined && isEnd(life.verdict);
  const { now } = background;
  return [
    ...(life ? lifeLines(id, life, conclusion, background) : unknownLines(id, conclusion, background)),
    ...(cancelled && !isOver
      ? [
          `it was cancelled ${ageText(cancelled.at, now)} ago by ${cancelled.by}${reasonText(cancelled.reason)}: ${endOfCancelled(life, background)}`,
        ]
      : []),
    ...(others.length > 0 ? ['', 'other lives of this id:'] : []),
    ...others.map((one) => `  run ${one.run || '-'} ${sentenceOn(one.verdict, conclusion, background)}`),
  ];
}

/** A paused type's queue is left alone: nobody finds what was cancelled there. */
function endOfCancelled(life: Life | undefined, background: Background): string {
  const pause = life?.verdict.kind === 'queued' ? pauseOf(life, background) : undefined;
  if (!pause) return 'it ends as soon as anybody gets it';
  return `nobody gets it while ${pause.type} is paused: it ends, and its sender hears of it, once that is over`;
}

function lifeLines(id: string, life: Life, conclusion: Conclusion, background: Background): string[] {
  const about = [
    life.type === '' ? '' : `type ${life.type}`,
    life.run === '' || life.run === id ? '' : `run ${life.run}`,
    life.id === '' || life.id === id ? '' : `id ${life.id}`,
  ].filter((part) => part !== '');
  const hint = hintOn(life, background);
  return [
    `${id} ${sentenceOn(life.verdict, conclusion, background)}`,
    ...(about.length > 0 ? [about.join(', ')] : []),
    ...(hint === '' ? [] : [hint]),
  ];
}

function sentenceOn(verdict: Verdict, { queues }: Conclusion, { now, daemons }: Background): string {
  const ago = (at: number): string => `${ageText(at, now)} ago`;
  switch (verdict.kind) {
    case 'running':
      return runningText(verdict, now);
    case 'waiting':
      return `is on ${verdict.said.host}, taken from its queue: it waits for ${verdict.where.instance} to have time`;
    case 'settling':
      return `has just been handled on ${verdict.said.host} by ${verdict.where.instance}: the broker has not confirmed yet what follows`;
    case 'passing':
      return `is in the hands of the dispatcher on ${verdict.said.host}`;
    case 'delayed': {
      const { untilMs, why, attempt } = verdict.where;
      const then = attempt > 1 ? `; then attempt ${attempt}` : '';
      return `waits in the broker for ${shortDuration(untilMs - now)} more, until ${isoText(untilMs)}: ${why}${then}`;
    }
    case 'ended': {
      const { status, at, error } = verdict.where;
      return `ended ${ago(at)} on ${verdict.said.host}: ${status}${error === null ? '' : `: ${error}`}`;
    }
    case 'parked': {
      const { kind, at, reason, error } = verdict.facts;
      const what = kind === 'result' ? 'has ended, and its result is parked' : 'is parked';
      return `${what} ${sinceText(at, now)}: ${reason || '-'}: ${error || '-'}`;
    }
    case 'unroutable': {
      const { kind, at, error } = verdict.facts;
      const what = kind === 'result' ? 'has ended, and its result is set aside' : 'is set aside';
      return `${what} ${sinceText(at, now)}: ${error || '-'}`;
    }
    case 'taken': {
      const { at, reason, error } = verdict.where;
      return `was parked ${ago(at)} (${reason}: ${error}), and is not there any more: sent again, or deleted`;
    }
    case 'queued':
      return `${queuedText(verdict, now)}; ${chancesIn(verdict.queue, queues, daemons)}`;
    default:
      return verdict satisfies never;
  }
}

function runningText({ where, said }: Extract<Verdict, { kind: 'running' }>, now: number): string {
  const pid = where.pid === null ? '' : ` (pid ${where.pid})`;
  return `runs on ${said.host}: ${where.instance}${pid} has worked on it for ${jobText(where.job, now)}`;
}

function sinceText(at: number | null, now: number): string {
  return `since ${isoText(at) || 'nobody knows when'} (${ageText(at, now)} ago)`;
}

function jobText({ startedAt, attempt, progress, note }: JobStatus, now: number): string {
  const parts = [
    shortDuration(now - startedAt),
    attempt > 1 ? `attempt ${attempt}` : '',
    progress === null ? '' : percentText(progress),
    note,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function queuedText({ where, queue }: Extract<Verdict, { kind: 'queued' }>, now: number): string {
  if (where.state !== 'delayed')
    return `was put into ${queue} ${ageText(where.at, now)} ago, and nobody has it in hand`;
  return `was delayed until ${isoText(where.untilMs)} (${where.why}), and nobody has it in hand`;
}

/** What it can be, where nobody holds it. */
function chancesIn(queue: string, queues: readonly QueueDepth[], daemons: number): string {
  const depth = queues.find((one) => one.queue === queue);
  const unknown = daemons === 0 ? 'no daemon has answered' : 'a daemon that did not answer has it';
  if (depth === undefined) return `there is no queue ${queue} any more, or ${unknown}`;
  if (depth.messages === 0) return `${queue} is empty: finished already, where nobody remembers it, or ${unknown}`;
  return `waiting in ${depthText(depth)}; or finished already, where nobody remembers it`;
}

function depthText({ queue, messages, consumers }: QueueDepth): string {
  if (messages === null || consumers === null) return `${queue}, about which the broker says nothing`;
  return `${queue}: ${counted(messages, 'message')}, ${counted(consumers, 'consumer')}`;
}

function unknownLines(id: string, { queues }: Conclusion, { daemons }: Background): string[] {
  const asked =
    daemons === 0 ? 'no daemon has answered' : `none of the ${daemons} daemons that answered has it, or remembers it`;
  const chances = [
    ...queues.map((depth) => `waiting in ${depthText(depth)}`),
    'waiting in a delay, or in a queue that no daemon speaks of',
    'finished longer ago than daemons remember',
    'never sent, or sent to another broker',
  ];
  return [
    `${id} is nowhere that can be seen: ${asked}, and it is neither parked nor set aside`,
    'it can be:',
    ...chances.map((one) => `  ${one}`),
  ];
}

const UUID_LENGTH = 36;

function hintOn(life: Life, background: Background): string {
  const { verdict, run, id } = life;
  const name = run.length === UUID_LENGTH ? run.slice(-SHORTEST_END) : run || id;
  switch (verdict.kind) {
    case 'parked':
      return `see: taskqueue dead show ${name}; to send it again: taskqueue dead requeue ${name}`;
    case 'unroutable':
      return 'it is moved on by itself as soon as its queue is there and takes it';
    case 'queued':
    case 'waiting': {
      const pause = pauseOf(life, background);
      return pause ? `${pause.type} is paused by ${pause.by}${reasonText(pause.reason)}: nothing of it begins` : '';
    }
    default:
      return '';
  }
}

function pauseOf({ verdict, type }: Life, { pauses }: Background): Pause | undefined {
  const waitsFor = verdict.kind === 'queued' ? (typeOfQueue(verdict.queue) ?? type) : type;
  return pauses.find((one) => one.type === waitsFor);
}

function isEnd({ kind }: Verdict): boolean {
  return kind === 'ended' || kind === 'parked' || kind === 'taken';
}

function reasonText(reason: string): string {
  return reason === '' ? '' : ` (${reason})`;
}
