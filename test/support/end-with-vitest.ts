// When vitest itself is killed, so is the process that runs its tests, in the middle of whatever it does; what it has
// started ends with it (see guard.ts). Loaded anew for every file, also where one process runs many of them.
function endWithVitest(): void {
  process.kill(process.pid, 'SIGKILL');
}

if (!process.listeners('disconnect').some(({ name }) => name === endWithVitest.name)) {
  process.once('disconnect', endWithVitest);
}
