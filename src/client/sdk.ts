// The public entry 'taskqueue/client': what programs import that ask for work.
export { TaskqueueError } from '../core/errors.ts';
export type { LogFields, Logger } from '../core/logger.ts';
export type { Headers } from '../workitem/message.ts';
export type { CancelAnswer, CancelOptions } from './cancel.ts';
export { Client, type ClientStats, type SubmitManyOptions } from './client.ts';
export type { ConnectOptions } from './connect-options.ts';
export { TaskError, Timeout, UnknownMethod } from './errors.ts';
export { Handle } from './handle.ts';
export { type NamedParameters, named } from './json-rpc.ts';
export type { Period } from './period.ts';
export type { AnyMethods, Mode, Remote, RemoteRoot } from './remote.ts';
export type { CallOptions, Remotes } from './rpc.ts';
export { type FinalStatus, STATUS_NUMBERS, type Status, type TaskState } from './status.ts';
export type { Progress, TaskEvents } from './task.ts';
export type { SubmitOptions } from './workitem-message.ts';
