#!/usr/bin/env bash
# Makes putty/ with puttygen: `make-putty.sh [FOLDER]`, a fresh temporary folder where none is given.
# The committed set is one run of it; keys and salts are random, so another run gives other bytes.
set -euo pipefail
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
rm -rf putty
mkdir putty
cd putty
export TZ=UTC LC_ALL=C
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pass='correct horse'
printf '%s' "$pass" >"$work/pass"
: >"$work/none"
small=kdf=argon2id,memory=64,passes=2
{
  echo "{ \"version\": \"$(puttygen --version | head -n 1)\", \"passphrase\": \"$pass\", \"files\": ["
  comma=''
  entry() { # file, format, encrypted
    local shown
    shown=$(puttygen -l "$work/key")
    printf '%s  { "file": "%s", "format": "%s", "encrypted": %s, "type": "%s", "sha256": "%s", "comment": "%s" }' \
      "$comma" "$1" "$2" "$3" "${shown%% *}" "${shown##* }" "$comment"
    comma=$',\n'
  }
  save() { # file, format, encrypted, puttygen's options
    local secret=none
    if [ "$3" = true ]; then secret=pass; fi
    puttygen "$work/key" --new-passphrase "$work/$secret" -C "$comment" "${@:4}" -o "$1" </dev/null >/dev/null
    entry "$1" "$2" "$3"
  }

  comment='ed25519 one@example'
  ssh-keygen -q -t ed25519 -N '' -C "$comment" -f "$work/key"
  save ed25519-v2.ppk ppk2 false --ppk-param version=2
  save ed25519-v2-enc.ppk ppk2 true --ppk-param version=2
  save ed25519-v3.ppk ppk3 false
  save ed25519-v3-enc.ppk ppk3 true --ppk-param $small
  save ed25519-v3-argon2i.ppk ppk3 true --ppk-param kdf=argon2i,memory=64,passes=2,parallelism=2
  save ed25519-v3-argon2d.ppk ppk3 true --ppk-param kdf=argon2d,memory=67,passes=1
  puttygen "$work/key" -p -C "$comment" -o ed25519.rfc4716
  entry ed25519.rfc4716 rfc4716 false
  ssh-keygen -q -s "$work/key" -I id -n bob "$work/key.pub"
  save ed25519-cert.ppk ppk3 false --certificate "$work/key-cert.pub"
  comment='a"quote\ and back'
  save quotes.ppk ppk3 false
  puttygen quotes.ppk -p -o quotes.rfc4716
  entry quotes.rfc4716 rfc4716 false

  comment='ecdsa256 one@example'
  rm -f "$work"/key*
  ssh-keygen -q -t ecdsa -b 256 -N '' -C "$comment" -f "$work/key"
  save ecdsa256-v3-enc.ppk ppk3 true --ppk-param $small
  comment='ecdsa521 one@example'
  rm -f "$work"/key*
  ssh-keygen -q -t ecdsa -b 521 -N '' -C "$comment" -f "$work/key"
  save ecdsa521-v2.ppk ppk2 false --ppk-param version=2
  comment='rsa1024 one@example'
  rm -f "$work"/key*
  ssh-keygen -q -t rsa -b 1024 -N '' -C "$comment" -f "$work/key"
  save rsa1024-v3.ppk ppk3 false
  save rsa1024-v3-enc.ppk ppk3 true --ppk-param $small
  save rsa1024.sshcom sshcom false -O private-sshcom
  save rsa1024-enc.sshcom sshcom true -O private-sshcom
  comment='dsa1024 one@example'
  rm -f "$work"/key*
  ssh-keygen -q -t dsa -N '' -C "$comment" -f "$work/key"
  save dsa1024-v3-enc.ppk ppk3 true --ppk-param $small
  save dsa1024.sshcom sshcom false -O private-sshcom
  save dsa1024-enc.sshcom sshcom true -O private-sshcom
  echo
  echo ']}'
} >"$work/manifest.json"
# A backslash and quotes in a comment, as JSON has them.
sed 's/"a"quote\\ and back"/"a\\"quote\\\\ and back"/' "$work/manifest.json" >manifest.json
chmod 644 ./*
echo "made in $PWD"
