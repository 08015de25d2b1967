// What an instance tells the world, about itself and about what its process does: log lines and events.
import type { FromWorker } from '../child/protocol.ts';
import { aboutWorkitem } from '../events/event.ts';
import type { InstanceEffect } from './instance-state.ts';
import type { Job } from './job.ts';
import type { SettleTools } from './settle.ts';

export interface InstanceNews {
  ready(pid: number): void;
  died(effect: Extract<InstanceEffect, { kind: 'died' }>): void;
  gone(): void;
  started(job: Job): void;
  progress(job: Job, fraction: number, note: string): void;
  /** Its process wants a line in the log; `job`, where that is about a workitem that it has. */
  said(line: Extract<FromWorker, { kind: 'log' }>, job: Job | undefined, pid: number | undefined): void;
}

export function newsOf({ logger, events, clock }: SettleTools, instance: string, type: string): InstanceNews {
  /** Why it keeps failing, where the log has said so. */
  let saidFailing: string | undefined;
  let readyPid: number | undefined;
  const base = (): { v: 1; at: number; instance: string; type: string } => ({ v: 1, at: clock.now(), instance, type });
  return {
    ready(pid) {
      readyPid = pid;
      logger.info({ type, instance, pid }, 'ready');
      events({ ...base(), kind: 'ready', pid });
    },
    died({ how, restartInMs, isFailing }) {
      const fields = { type, instance, pid: readyPid, restartInMs };
      readyPid = undefined;
      if (!isFailing) logger.warn(fields, `the worker process ${how}; starting another`);
      else if (how === saidFailing) logger.debug(fields, `still fails: the worker process ${how}`);
      else logger.error(fields, `keeps failing, and is tried again and again: the worker process ${how}`);
      saidFailing = isFailing ? how : undefined;
      events({ ...base(), kind: 'died', how, restartInMs });
      if (isFailing) events({ ...base(), kind: 'failing', why: how });
    },
    gone() {
      logger.info({ type, instance }, 'stopped');
      events({ ...base(), kind: 'gone' });
    },
    started: (job) => {
      const { attempt } = job.counts;
      events({ kind: 'started', instance, attempt, ...aboutWorkitem(job.message, type, clock.now()) });
    },
    progress: (job, fraction, note) =>
      events({ kind: 'progress', fraction, note, ...aboutWorkitem(job.message, type, clock.now()) }),
    said({ level, fields, message }, job, pid) {
      logger[level]({ ...fields, workitem: job?.envelope.id, type, instance, pid }, message);
    },
  };
}
