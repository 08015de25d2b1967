// Why a workitem did not finish, as the formats are told it: the sentence and the trace that people read, and what befell
// it, for formats that have a code for that.
import type { ParkReason } from './headers.ts';
import type { WorkitemError } from './workitem.ts';

export type Mishap =
  | ParkReason
  | 'threw' // the handler did
  | 'overtime' // it took longer than it may
  | 'expired'
  | 'cancelled'
  | 'not-accepted' // the worker takes other formats only
  | 'result-too-large';

export interface Failure extends WorkitemError {
  readonly mishap: Mishap;
}
