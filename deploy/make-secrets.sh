#!/bin/sh
# Makes what deploy/compose.yaml reads from deploy/secrets, once; what is there already stays.
set -eu
umask 077
out="$(dirname "$0")/secrets"
mkdir -p "$out"
casetrail nats passwords --out "$out" --nodes nats-1,nats-2,nats-3
new() { [ -s "$out/$1" ] || python3 -c 'import secrets; print(secrets.token_hex(32), end="")' >"$out/$1"; }
new postgres-password
new app-password
new owner-token
rm -f "$out/database-owner" "$out/database"
printf 'postgresql://postgres:%s@postgres/casetrail' "$(cat "$out/postgres-password")" >"$out/database-owner"
printf 'postgresql://casetrail_app:%s@postgres/casetrail' "$(cat "$out/app-password")" >"$out/database"
# The folder is closed to others; the files are read by the user of a container, through a mount.
chmod 0444 "$out"/*
