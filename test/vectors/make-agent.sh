#!/usr/bin/env bash
# Makes agent/ with the real tools: what ssh-add and ssh-agent say to each other, by the OpenSSH of the system and by
# 10.6 or later of Debian sid (tools/openssh-sid.sh), for the keys of keys/ and types/.
#   make-agent.sh [FOLDER]     FOLDER: a fresh temporary one where none is given
# Signatures and what is signed are random, so another run gives other bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sid=$("$here/../../tools/openssh-sid.sh")
out=${1:-$(mktemp -d)}
mkdir -p "$out/agent"
export TZ=UTC LC_ALL=C
umask 077
work=$(mktemp -d)
trap 'kill %% 2>/dev/null || true; rm -rf "$work"' EXIT
cp "$here"/keys/* "$here"/types/* "$work"
for name in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa2048; do
  cp "$here/certs/user-$name-cert.pub" "$work/$name-cert.pub"
done
cd "$work"
system=$(command -v ssh)
for host in hosta hostb; do echo "$host $(cut -d' ' -f1,2 ca-ed25519.pub)"; done >hosts
echo "@cert-authority hosta $(cut -d' ' -f1,2 ca-ecdsa256.pub)" >>hosts

record() { # name, commands
  local name=$1
  shift
  ssh-agent -D -a "$work/$name" -P '*' >/dev/null 2>&1 &
  while [[ ! -S $work/$name ]]; do sleep 0.1; done
  node "$here/agent/record.mjs" "$work/$name" "$@" >"$out/agent/$name.json"
  kill %%
  wait
}

# ssh-add asks this for the passphrase of lock and unlock.
printf '#!/bin/sh\necho secret\n' >askpass
chmod 700 askpass
export SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force
record openssh-system \
  "ssh-add -l" "ssh-add -Q" "ssh-add ed25519" "ssh-add ecdsa256" "ssh-add ecdsa384" "ssh-add ecdsa521" \
  "ssh-add rsa2048" "ssh-add -q dsa" \
  "ssh-add -L" "ssh-add -T ed25519.pub" "ssh-add -T rsa2048.pub" "ssh-add -T ecdsa521-cert.pub" \
  "ssh-add -x" "ssh-add -l" "ssh-add -T ed25519.pub" "ssh-add -X" \
  "ssh-add -t 60 -c ed25519" "ssh-add -H hosts -h hosta -h 'hosta>alice@hostb' ecdsa256" \
  "ssh-add -d ed25519.pub" "ssh-add -s /none.so" "ssh-add -e /none.so" "ssh-add -D"

export SSH_SK_PROVIDER=$sid/sk-dummy.so
export PATH=$sid:$PATH
record openssh-sid \
  "ssh-add -Q" "ssh-add mldsa44-ed25519" "ssh-add ed25519-sk" "ssh-add ecdsa-sk" "ssh-add -L" \
  "ssh-add -T mldsa44-ed25519.pub" \
  "ssh-add -T ed25519-sk-cert.pub" "ssh-add -T ecdsa-sk.pub" "ssh-add -C -s /none.so ed25519-cert.pub" "ssh-add -D"

{
  "$system" -V 2>&1
  ssh -V 2>&1
} >"$out/agent/versions.txt"
chmod 644 "$out"/agent/*
echo "$out/agent"
