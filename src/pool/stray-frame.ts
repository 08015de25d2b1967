// What a worker process says about no workitem that it has. What comes late, after the outcome, is of no use to anybody; an
// answer to what it never got breaks the rules.
import type { InstanceNews } from './instance-news.ts';
import type { RunningProcess, WorkFrame } from './process-life.ts';

export function receiveStray(process: RunningProcess, news: InstanceNews, frame: WorkFrame, body: Buffer): void {
  switch (frame.kind) {
    case 'outcome':
      return process.kill(`broke the protocol: it answered job ${frame.job}, which it does not have`);
    case 'publish':
      return process.answer(frame.call, 'this workitem is settled already', body.length);
    case 'log':
      return news.said(frame, undefined, process.pid);
    case 'progress':
      return;
    default:
      return frame satisfies never;
  }
}
