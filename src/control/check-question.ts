// The door for questions: whoever may write to the control exchange can send anything. What comes out has the type that it
// claims, and is bounded.
import { questionRoute } from '../broker/topology.ts';
import { type Check, name, orNull, record, refuse, union, wholeNumber } from '../workitem/check.ts';
import { parseJson } from '../workitem/json.ts';
import { version } from './check-answer.ts';
import { LIMITS } from './limits.ts';
import { type Posted, senderOf } from './provenance.ts';
import type { Question } from './question.ts';

/** @throws TaskqueueError `PROTOCOL` or `UNREADABLE`: it is no question, or from somebody who may not ask it */
export function checkQuestion(posted: Posted): Question {
  const { body } = posted.message;
  if (body.length > LIMITS.requestBytes) refuse('the question', `at most ${LIMITS.requestBytes} bytes`, body.length);
  const asked = question(parseJson(body), 'the question');
  senderOf(posted, questionRoute(asked.kind));
  return asked;
}

/** Who listens for longer asks again. */
const LISTEN_AT_MOST_MS = 60_000;

const id = name(LIMITS.text);
const about = { v: version, operation: id };

const forMs: Check<number> = (value, where) => Math.min(LISTEN_AT_MOST_MS, wholeNumber(value, where));

const question: Check<Question> = union<Question>({
  status: record(about),
  why: record({ ...about, id }),
  listen: record({ ...about, replyTo: orNull(id), forMs }),
});
