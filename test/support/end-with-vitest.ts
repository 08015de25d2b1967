// Loaded into every process that runs tests: when vitest itself is killed, so is this process, in the middle of whatever
// it does; what it has started ends with it (see guard.ts).
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
