// Which of several equal daemons on this host we are: number 1 where there is no other. A number is held by listening on a
// socket of the abstract namespace, which the kernel takes away with the process, however that ends – so it is the same
// after a restart, and no two that run have the same.
import { createServer } from 'node:net';

const MOST = 1_000;

/** The lowest number that no other daemon of this name has; kept for as long as this process lives. */
export async function claimNumber(name: string): Promise<number> {
  for (let number = 1; number < MOST; number++) if (await isClaimed(`\0${name}.${number}`)) return number;
  return MOST;
}

/** False where somebody else has it. */
function isClaimed(address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (err: NodeJS.ErrnoException) => (err.code === 'EADDRINUSE' ? resolve(false) : reject(err)));
    server.listen(address, () => resolve(true));
    server.unref();
  });
}
