// The public entry 'taskqueue': what plugins import.
export { parseDurationMs } from '../core/duration.ts';
export { TaskqueueError } from '../core/errors.ts';
export type { LogFields, Logger } from '../core/logger.ts';
export { parseSize } from '../core/size.ts';
export { BASIC_WORKITEM, basicFormat } from '../workitem/basic.ts';
export type { WorkitemFormat } from '../workitem/format.ts';
export { JSON_RPC } from '../workitem/json-rpc/answer.ts';
export type { Headers, Properties } from '../workitem/message.ts';
export { RUOTE_WORKITEM, ruoteFormat } from '../workitem/ruote.ts';
export { BasicWorkitem, type Envelope, RuoteWorkitem, Workitem, type WorkitemError } from '../workitem/workitem.ts';
export {
  BaseWorker,
  type Context,
  InvalidParams,
  Reject,
  type ReportChannel,
  type ReportProperties,
  RetryLater,
  type RpcContext,
  type WorkerInit,
} from './base-worker.ts';
