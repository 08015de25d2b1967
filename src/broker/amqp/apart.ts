// A connection of its own for what may end one. With streams: a broker that has them switched off (the feature flag
// `stream_queue`, after an upgrade from 3.8), or a node of a cluster without a copy of this one, may answer by closing the
// connection (541; measured on 3.10). With direct replies: see `direct-replies.ts`. That must be none that carries work.
import type { Connection } from './connection.ts';

/** Lasts for as long as the work, but no longer than the connection that it stands beside. `what` it is for, the broker lists. */
export async function apartFrom<T>(
  connection: Connection,
  what: string,
  work: (apart: Connection) => Promise<T>,
): Promise<T> {
  const apart = await connection.another(what);
  const end = (): void => void apart.close();
  connection.over.addEventListener('abort', end);
  if (connection.over.aborted) end();
  try {
    return await work(apart);
  } finally {
    connection.over.removeEventListener('abort', end);
    await apart.close();
  }
}
