/** vitest's global setup of the suite `root`. Without root it fails: a suite that skips itself would look like success. */
export function setup(): void {
  if (process.getuid?.() === 0) return;
  throw new Error('test:root starts processes of other users: run it as root');
}
