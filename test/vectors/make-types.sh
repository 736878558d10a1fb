#!/usr/bin/env bash
# Makes types/ with the real tools: the key types that no one release of OpenSSH has all of.
#   make-types.sh [FOLDER]     FOLDER: a fresh temporary one where none is given
# DSA comes from the ssh-keygen of the system, which must be older than 10.0; the rest from OpenSSH 10.6 or later of
# Debian sid (tools/openssh-sid.sh), whose package of tests has a security key made of software.
# Keys and signatures are random, so another run gives other bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sid=$("$here/../../tools/openssh-sid.sh")
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
rm -rf types
mkdir types
cd types
export TZ=UTC LC_ALL=C
umask 077
SSH_SK_PROVIDER=$(realpath "$sid/sk-dummy.so")
export SSH_SK_PROVIDER

old=ssh-keygen new=$sid/ssh-keygen
printf 'a message\n' >message
# The authority of all certificates; by-mldsa is the other way round.
$new -q -t ed25519 -N '' -C authority -f authority

entries=()
key() { # name, tool, options
  local tool=$2 name=$1 bits fingerprint title
  "$tool" -q -N '' -C "$name one@example" -f "$name" "${@:3}"
  cp "$name.pub" subject.pub
  "$tool" -q -s authority -I "$name" -n alice -z 7 -V 20200101000000:20400101000000 subject.pub
  mv subject-cert.pub "$name-cert.pub"
  "$tool" -q -Y sign -f "$name" -n file message 2>/dev/null
  mv message.sig "$name.sig"
  read -r bits fingerprint _ <<<"$("$tool" -l -f "$name.pub")"
  title=$("$tool" -l -f "$name.pub" | sed 's/.*(\(.*\))$/\1/')
  entries+=("$(printf '  {"name":"%s","type":"%s","bits":%s,"title":"%s","sha256":"%s","comment":"%s one@example"}' \
    "$name" "$(cut -d' ' -f1 "$name.pub")" "$bits" "$title" "$fingerprint" "$name")")
}
key dsa $old -t dsa
key ed25519-sk "$new" -t ed25519-sk
key ecdsa-sk "$new" -t ecdsa-sk -O application=ssh:example
# Made not to ask for a touch: its signatures say that there was none.
key no-touch "$new" -t ed25519-sk -O no-touch-required
key mldsa44-ed25519 "$new" -t mldsa44-ed25519
for by in mldsa44-ed25519 no-touch; do
  cp authority.pub subject.pub
  $new -q -s $by -I "by $by" -n alice -z 7 -V 20200101000000:20400101000000 subject.pub
  mv subject-cert.pub by-$by-cert.pub
done
rm subject.pub authority

# A bare signature by openssl with the DSA key: what the numbers are, apart from SSH.
cp dsa dsa.pem
$old -q -p -m PEM -P '' -N '' -f dsa.pem >/dev/null
openssl dgst -sha1 -sign dsa.pem message >dsa.der
rm dsa.pem

{
  ssh -V 2>&1
  "$sid/ssh" -V 2>&1
  openssl version
} >versions.txt
printf '[\n' >manifest.json
printf '%s,\n' "${entries[@]}" | sed '$ s/,$//' >>manifest.json
printf ']\n' >>manifest.json
chmod 644 ./*
echo "$out/types"
