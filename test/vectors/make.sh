#!/usr/bin/env bash
# Makes this folder's vectors with the real tools: `make.sh [FOLDER]`, a fresh temporary folder where none is given.
# The committed set is one run of it; keys and salts are random, so another run gives other bytes.
# Nothing of the machine gets in: every comment is given, every path is relative, times are absolute and in UTC.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
rm -rf keys encrypted certs message
mkdir keys encrypted certs
export TZ=UTC LC_ALL=C
umask 077

# keys/: one of each type and size, plain; authorities beside them.
make() { ssh-keygen -q -N '' -C "$2" -f "keys/$1" "${@:3}"; }
make ed25519 'ed25519 one@example' -t ed25519
make ecdsa256 'ecdsa256 one@example' -t ecdsa -b 256
make ecdsa384 'ecdsa384 one@example' -t ecdsa -b 384
make ecdsa521 'ecdsa521 one@example' -t ecdsa -b 521
make rsa1024 'rsa1024 one@example' -t rsa -b 1024
make rsa2048 'rsa2048 one@example' -t rsa -b 2048
make rsa3072 'rsa3072 one@example' -t rsa -b 3072
make no-comment '' -t ed25519
make latin1-comment $'caf\xe9 \xff latin1' -t ed25519
make utf8-comment $'caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x91' -t ed25519
make ca-ed25519 'authority ed25519' -t ed25519
make ca-ecdsa256 'authority ecdsa256' -t ecdsa -b 256
make ca-ecdsa384 'authority ecdsa384' -t ecdsa -b 384
make ca-ecdsa521 'authority ecdsa521' -t ecdsa -b 521
make ca-rsa 'authority rsa' -t rsa -b 2048

# encrypted/: ed25519 with every cipher at one round; the other types once; the round counts of ssh-keygen's releases.
pass='correct horse'
lock() { # name, key, cipher, rounds
  cp "keys/$2" "encrypted/$1"
  ssh-keygen -q -p -P '' -N "$pass" -Z "$3" -a "$4" -f "encrypted/$1" >/dev/null
}
for cipher in 3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr \
  aes128-gcm@openssh.com aes256-gcm@openssh.com chacha20-poly1305@openssh.com; do
  lock "ed25519.${cipher%@openssh.com}" ed25519 "$cipher" 1
done
lock ed25519.16-rounds ed25519 aes256-ctr 16
lock ed25519.24-rounds ed25519 aes256-ctr 24
for key in ecdsa256 ecdsa384 ecdsa521 rsa2048; do lock "$key.aes256-ctr" "$key" aes256-ctr 1; done
lock ecdsa521.aes256-gcm ecdsa521 aes256-gcm@openssh.com 1
lock latin1-comment.aes256-ctr latin1-comment aes256-ctr 1

# certs/: ssh-keygen writes NAME-cert.pub beside NAME.pub.
window=20200101000000:20400101000000
cert() { # name, authority, subject, ssh-keygen's options
  cp "keys/$3.pub" "certs/$1.pub"
  ssh-keygen -q -s "keys/$2" "${@:4}" "certs/$1.pub"
  rm "certs/$1.pub"
}
for key in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa2048; do
  cert "user-$key" ca-ed25519 "$key" -I "user $key" -n alice -z 7 -V $window
  cert "host-$key" ca-ed25519 "$key" -h -I "host $key" -n "$key.example,*.$key.example" -z 8 -V $window
done
cert ca-ecdsa256 ca-ecdsa256 ed25519 -I by-ecdsa256 -n alice -z 9 -V $window
cert ca-ecdsa384 ca-ecdsa384 ed25519 -I by-ecdsa384 -n alice -z 9 -V $window
cert ca-ecdsa521 ca-ecdsa521 ed25519 -I by-ecdsa521 -n alice -z 9 -V $window
cert ca-rsa-sha256 ca-rsa ed25519 -t rsa-sha2-256 -I by-rsa-sha256 -n alice -z 9 -V $window
cert ca-rsa-sha512 ca-rsa ed25519 -t rsa-sha2-512 -I by-rsa-sha512 -n alice -z 9 -V $window
cert ca-rsa-sha1 ca-rsa ed25519 -t ssh-rsa -I by-rsa-sha1 -n alice -z 9 -V $window
cert ca-rsa-subject-rsa ca-rsa rsa3072 -t rsa-sha2-512 -I rsa-by-rsa -n alice -z 9 -V $window
cert options ca-ed25519 ed25519 -I options -n alice,bob -z 10 -V $window \
  -O 'force-command=/bin/echo "a, b"' -O 'source-address=192.0.2.0/24,2001:db8::/32,198.51.100.7' \
  -O verify-required -O no-touch-required -O no-pty
cert clear ca-ed25519 ed25519 -I clear -n alice -z 11 -V $window -O clear
cert custom ca-ed25519 ed25519 -I custom -n alice -z 11 -V $window -O clear \
  -O extension:login@example.com=value -O extension:flag@example.com
cert unknown-critical ca-ed25519 ed25519 -I unknown -n alice -z 12 -V $window -O critical:frobnicate@example.com=yes
cert principals ca-ed25519 ed25519 -I many -n "$(seq -s, -f 'p%g' 1 256)" -z 13 -V $window
cert no-principals ca-ed25519 ed25519 -I nobody -z 14 -V $window
cert forever ca-ed25519 ed25519 -I forever -n alice -V always:forever
cert serial-max ca-ed25519 ed25519 -I max -n alice -z 18446744073709551615 -V $window
cert latin1 ca-ed25519 ed25519 -I $'caf\xe9' -n $'j\xfcrgen' -z 15 -V $window

# Signatures over one message: SSHSIG's by ssh-keygen, and openssl's for the hashes that SSHSIG does not use.
printf 'a message\n' >message
for key in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa2048; do
  ssh-keygen -q -Y sign -n file -f "keys/$key" - <message >"message.$key.sshsig"
done
cp keys/rsa2048 message.pem
ssh-keygen -q -p -P '' -N '' -m PEM -f message.pem >/dev/null
for hash in sha1 sha256 sha512; do openssl dgst -$hash -sign message.pem -out "message.$hash.rsa" message; done
for key in ecdsa256:sha256 ecdsa384:sha384 ecdsa521:sha512; do
  cp "keys/${key%:*}" message.pem
  ssh-keygen -q -p -P '' -N '' -m PEM -f message.pem >/dev/null
  openssl dgst "-${key#*:}" -sign message.pem -out "message.${key%:*}.der" message
done
rm message.pem

{
  ssh -V 2>&1
  openssl version
  . /etc/os-release && echo "$PRETTY_NAME"
} >versions.txt
node "$here/manifest.mjs" "$pass" >manifest.json
rm message message.*
chmod -R u=rwX,go=rX .
if [ "$(cd "$out" && pwd)" != "$here" ]; then echo "$out"; fi
