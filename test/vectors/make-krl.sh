#!/usr/bin/env bash
# Makes krl/ with the ssh-keygen of the system: revocation lists, and what `ssh-keygen -Q` says of the certificates and
# keys of the set. Keys and certificates are those of make.sh; the dates of the lists differ from run to run.
#   make-krl.sh [FOLDER]     FOLDER: a fresh temporary one where none is given
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(realpath -m "${1:-$(mktemp -d)}")
mkdir -p "$out"
rm -rf "$out/krl"
mkdir "$out/krl"
cd "$here"
export TZ=UTC LC_ALL=C

subjects=(keys/ca-ed25519.pub keys/ca-rsa.pub keys/ed25519.pub keys/ecdsa256.pub keys/rsa2048.pub certs/*.pub)
ca=keys/ca-ed25519.pub
entries=()

# Asks about all subjects; `null` where the list itself is refused.
ask() { # name
  local answers revoked=() line
  answers=$(ssh-keygen -Q -f "$out/krl/$1.krl" "${subjects[@]}" 2>/dev/null) || [[ -n $answers ]] || {
    entries+=("$(printf '  { "name": "%s", "revoked": null }' "$1")")
    return
  }
  while read -r line; do [[ $line != *REVOKED ]] || revoked+=("\"${line%%[ :]*}\""); done <<<"$answers"
  entries+=("$(printf '  { "name": "%s", "revoked": [%s] }' "$1" "$(
    IFS=,
    echo "${revoked[*]}"
  )")")
}

krl() { # name, options; the specification on standard input
  ssh-keygen -k -q -f "$out/krl/$1.krl" "${@:2}" - >/dev/null
  ask "$1"
}

krl empty -z 3 </dev/null
krl list -s $ca < <(printf 'serial: %s\n' 7 4294967296 18446744073709551615)
krl range -s $ca <<<'serial: 8-13'
krl bitmap -s $ca < <(printf 'serial: %s\n' 7 9 10 12 14 16 17 20 21 22 24)
krl ids -s $ca < <(printf 'id: %s\n' forever 'host ed25519')
krl any-authority -s none < <(printf 'serial: 9\nid: many\n')
krl keys < <(
  echo "key: $(cat keys/ed25519.pub)"
  echo "sha1: $(cat keys/ecdsa256.pub)"
  echo "sha256: $(cat keys/rsa2048.pub)"
)
krl authority < <(echo "key: $(cat $ca)")
krl certificates < <(cat certs/user-rsa2048-cert.pub certs/forever-cert.pub)
# A bitmap of more than 16384 bits, which ssh-keygen writes but refuses to read.
krl large-bitmap -s $ca < <(for ((i = 7; i < 17000; i += 2 + i % 3)); do echo "serial: $i"; done)

{
  echo '['
  (
    IFS=$'\n'
    echo "${entries[*]}" | sed '$!s/$/,/'
  )
  echo ']'
} >"$out/krl/manifest.json"
ssh -V 2>"$out/krl/versions.txt"
echo "$out/krl"
