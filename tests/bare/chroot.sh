#!/usr/bin/env bash
# The barest machine: Debian 12 with python3 and pip and nothing else, in a chroot, with a fresh clone of this commit.
# Runs one word of run.py in it (default: test) and prints how long each step took. Needs root and debootstrap.
#
#   sudo tests/bare/chroot.sh test
#   sudo tests/bare/chroot.sh demo        runs until Ctrl-C
#
# How this machine reaches packages (apt sources, pip's configuration, certificates, local indexes) holds inside as well.
# BARE_DIR keeps the chroot elsewhere (default /var/tmp/casetrail-bare); it is made once, the clone afresh each time.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
base=${BARE_DIR:-/var/tmp/casetrail-bare}
root=$base/root
# This machine's own Debian mirror, unless another is named.
mirror=${BARE_MIRROR:-$(grep -hoE 'https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 || true)}
words=("${@:-test}")

clock() { # LABEL COMMAND…: says how long it took
    local label=$1 started=$SECONDS status=0
    shift
    "$@" || status=$?
    echo "bare: $label: $((SECONDS - started)) s${status:+, exit $status}"
    return $status
}

mounts=()
bind() { # what is mounted here is unmounted at the end, the last first
    mkdir -p "$root$1"
    mount --bind ${2:+-o "$2"} "$1" "$root$1"
    mounts+=("$root$1")
}
leave() {
    for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do umount -l "${mounts[i]}"; done
}
trap leave EXIT

make_root() {
    mkdir -p "$base"
    debootstrap --variant=minbase --include=python3,python3-pip,ca-certificates bookworm "$root.part" "$mirror" >"$base/debootstrap.log"
    mv "$root.part" "$root"
}

carry() { # files and directories of this machine that are there, to the same place inside
    for path in "$@"; do
        [ -e "$path" ] || continue
        mkdir -p "$root$(dirname "$path")"
        rm -rf "${root:?}$path" && cp -aL "$path" "$root$path"
    done
}

[ -d "$root" ] || clock "debootstrap" make_root
carry /etc/resolv.conf /etc/hosts /etc/apt/sources.list /etc/apt/sources.list.d /etc/ssl/certs/ca-certificates.crt /etc/pip.conf \
    "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"
cp -aL /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
bind /proc
bind /sys ro
bind /dev
bind /dev/shm
# Indexes and wheels in directories of this machine: whatever pip's settings name that exists here.
settings=$(python3 -m pip config list 2>/dev/null; env | grep '^PIP_' || true)
while read -r directory; do
    [ -d "$directory" ] && case $directory in /etc/*) ;; *) bind "$(dirname "$directory")" ro ;; esac
done < <(grep -oE "(file://)?/[^ ']+" <<<"$settings" | sed 's|^file://||' | sort -u)

rm -rf "$root/casetrail"
git clone --quiet --no-hardlinks "$here" "$root/casetrail"
rm -rf "$root/casetrail/.git" # the machine has no git

# Only what says how packages are reached is carried over; everything else of this shell's environment stays outside.
carried=()
while IFS= read -r line; do carried+=("$line"); done < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_BUNDLE=|CI=|https?_proxy=|HTTPS?_PROXY=|no_proxy=|NO_PROXY=)')
clock "first: run.py ${words[*]}" chroot "$root" env -i HOME="$HOME" LANG=C.UTF-8 TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    "${carried[@]}" sh -c 'cd /casetrail && exec python3 run.py "$@"' run "${words[@]}"
