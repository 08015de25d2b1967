#!/bin/bash
# usage: in-overlay.sh ROOT COMMAND… – runs a command, in namespaces of its own, with ROOT at /mnt/root: writable there,
# unchanged outside. When this process is killed, every process and every mount of it is gone.
set -eu
root=$1
shift
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
exec "$@"
