// The workitems that the demo sends: one of each kind that a newcomer should have seen.
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';

interface Scene {
  /** One letter: its name on the screen, and its message_id. */
  readonly id: string;
  /** What is special about it. */
  readonly title: string;
  readonly message: Message;
}

export const SCENES: readonly Scene[] = [
  scene('A', 'JSON that names its worker type', 'application/json', '{"worker_type": "first", "answer": 42}'),
  scene(
    'B',
    'JSON as the Ruote workflow engine sends it',
    'application/json',
    '{"fei": {"wfid": "20261120"}, "fields": {"params": {"worker_type": "first"}, "customer": "Ada"}}',
  ),
  scene('C', 'text, the worker type in front', 'text/plain', 'second hello world'),
  scene('D', 'any bytes, the worker type in a header', 'image/png', '\x89PNG\r\n', { [HEADER.type]: 'first' }),
  scene('E', 'JSON for "second", which takes only text', 'application/json', '{"worker_type": "second"}'),
  scene('F', 'a handler that throws, with max_attempts: 2', 'text/plain', 'failing whatever comes'),
  scene('G', 'a handler that kills its process, max_crashes: 3', 'text/plain', 'crashing an innocent text'),
  scene('H', 'for a worker type that nobody has installed', 'text/plain', 'someday a text that waits'),
  scene('I', 'not readable', 'application/json', '{"worker_type": '),
];

/** What the demo's pool runs: as in /etc/taskqueue/config.ini. */
export const DEMO_CONFIG = `\
[DEFAULT]
workers: 1

[first]
workers: 2

[failing]
max_attempts: 2
retry_delay: 1s

[crashing]
max_crashes: 3
retry_delay: 1s
`;

function scene(id: string, title: string, contentType: string, body: string, headers: Message['headers'] = {}): Scene {
  return {
    id,
    title,
    message: { properties: { contentType, messageId: id }, headers, body: Buffer.from(body, 'latin1') },
  };
}
