#!/bin/bash
# usage: boot.sh NAME SHARE – inside in-overlay.sh: boots /mnt/root with its own systemd, with the files of SHARE in
# /root/share. A reboot inside boots it again.
set -eu
name=$1 share=$2

# A cgroup of its own, so that several such systems don't meet in one; those of earlier runs, which nobody could remove
# while their processes died, go now.
for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ -e "$tree/cgroup.procs" ] || continue
    for old in "$tree"/taskqueue-test-*; do
        [ -d "$old" ] && find "$old" -depth -type d -exec rmdir {} + 2> /dev/null || true
    done
    mkdir -p "$tree/$name" && echo $$ > "$tree/$name/cgroup.procs" || true
done

: > /mnt/root/etc/machine-id
rm -f /mnt/root/etc/hostname
cp -r "$share" /mnt/root/root/share

code=133 # what systemd-nspawn ends with where the system inside wants to be booted again
while [ "$code" = 133 ]; do
    code=0
    systemd-nspawn --quiet --directory=/mnt/root --machine="$name" --register=no --keep-unit --private-network \
        --link-journal=no --resolv-conf=off --timezone=off --console=pipe --boot < /dev/null || code=$?
done
exit "$code"
