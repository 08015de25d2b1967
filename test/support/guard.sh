#!/bin/bash
# Ends what a test process has started, however that process ended: its standard input is a pipe from the test process,
# and closes with it, also on kill -9. Until then it only takes notes.
#   +process PID   a process group to be killed      -process PID   has ended by itself
#   +directory D   to be removed                     -directory D   has been removed

declare -A processes directories
while read -r verb value; do
  case $verb in
    +process) processes[$value]=1 ;;
    -process) unset "processes[$value]" ;;
    +directory) directories[$value]=1 ;;
    -directory) unset "directories[$value]" ;;
  esac
done
for pid in "${!processes[@]}"; do kill -KILL -- "-$pid"; done
for directory in "${!directories[@]}"; do
  # What was just killed may still be writing its last file.
  for _ in 1 2 3 4 5; do rm -rf -- "$directory" && break; sleep 0.2; done
done
