#!/bin/bash
# usage: build.sh SOURCE TARGET – inside in-overlay.sh: builds the packages in /mnt/root, without any network, and puts
# them into TARGET: `first`; `second`, built elsewhere, with another umask and time zone; and `next`, a version later.
# What lintian says is in TARGET/lintian.
set -eu
source=$1 target=$2
mkdir -p "$target"/{first,second,next}

copy() { # FOLDER: the source, without what only developers have
    mkdir -p "/mnt/root$1"
    tar --directory "$source" --create --exclude=./node_modules --exclude=./.git --exclude=./.cache --exclude=./dist . |
        tar --directory "/mnt/root$1" --extract --no-same-owner
}
build() { # FOLDER
    unshare --net chroot /mnt/root sh -c "cd '$1' && dpkg-buildpackage --no-sign --build=binary" > "$target/build.log" 2>&1 ||
        { tail -n 40 "$target/build.log"; exit 1; }
}

copy /build/taskqueue
build /build/taskqueue
cp /mnt/root/build/*.deb "$target/first"
chroot /mnt/root sh -c 'cd /build && lintian --allow-root *.changes' > "$target/lintian" 2>&1 || true

(
    umask 077
    export TZ=Pacific/Kiritimati
    copy '/srv/another place/source'
    build '/srv/another place/source'
)
cp "/mnt/root/srv/another place/"*.deb "$target/second"

sed -i '1s/(\(.*\))/(\1+next1)/' /mnt/root/build/taskqueue/debian/changelog
sed -i 's/"version": "\([^"]*\)"/"version": "\1-next1"/' /mnt/root/build/taskqueue/debian/stage/package.json
rm /mnt/root/build/*.deb
build /build/taskqueue
cp /mnt/root/build/*.deb "$target/next"
