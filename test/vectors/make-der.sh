#!/usr/bin/env bash
# Makes der/ with the real tools: `make-der.sh [FOLDER]`, this folder where none is given. The keys are those of keys/,
# so that each file says what it must yield by its name: KEY.WHAT. Salts and IVs are random.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here}/der
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C
umask 077
pass='correct horse'
export pass

# plain: PEM as ssh-keygen writes it, PKCS#8 and SPKI as openssl does
for key in ecdsa256 ecdsa384 ecdsa521 rsa2048; do
  cp "$here/keys/$key" "$work/$key"
  chmod 600 "$work/$key"
  ssh-keygen -q -p -P '' -N '' -m PEM -f "$work/$key" >/dev/null
  cp "$work/$key" "$out/$key.pem"
  openssl pkcs8 -topk8 -nocrypt -in "$out/$key.pem" -out "$out/$key.pk8"
  openssl pkey -in "$out/$key.pem" -pubout -out "$out/$key.spki"
done
openssl dsaparam -genkey -out "$work/dsa" 1024 2>/dev/null
openssl dsa -in "$work/dsa" -out "$out/dsa1024.pem" 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in "$out/dsa1024.pem" -out "$out/dsa1024.pk8"
openssl pkey -in "$out/dsa1024.pem" -pubout -out "$out/dsa1024.spki"
ssh-keygen -i -m PKCS8 -f "$out/dsa1024.spki" >"$out/dsa1024.pub"
# ssh-keygen writes no Ed25519 outside its own container: a key of openssl's
openssl genpkey -algorithm ed25519 -out "$out/openssl25519.pk8"
openssl pkey -in "$out/openssl25519.pk8" -pubout -out "$out/openssl25519.spki"
openssl rsa -in "$out/rsa2048.pem" -RSAPublicKey_out -out "$out/rsa2048.rsapub" 2>/dev/null

# as raw DER
openssl rsa -in "$out/rsa2048.pem" -traditional -outform DER -out "$out/rsa2048.pem.der" 2>/dev/null
openssl ec -in "$out/ecdsa256.pem" -outform DER -out "$out/ecdsa256.pem.der" 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in "$out/ecdsa256.pem" -outform DER -out "$out/ecdsa256.pk8.der"
openssl pkey -in "$out/ecdsa256.pem" -pubout -outform DER -out "$out/ecdsa256.spki.der"

# SEC 1: the block in front, a compressed point, no point
openssl ecparam -name prime256v1 >"$work/params"
cat "$work/params" "$out/ecdsa256.pem" >"$out/ecdsa256.params.pem"
openssl ec -in "$out/ecdsa256.pem" -conv_form compressed -out "$out/ecdsa256.compressed.pem" 2>/dev/null
openssl ec -in "$out/ecdsa521.pem" -conv_form compressed -out "$out/ecdsa521.compressed.pem" 2>/dev/null
openssl ec -in "$out/ecdsa256.pem" -no_public -out "$out/ecdsa256.no-public.pem" 2>/dev/null

# encrypted
for cipher in des3 aes128 aes192 aes256; do
  openssl rsa -traditional -in "$out/rsa2048.pem" "-$cipher" -passout env:pass -out "$out/rsa2048.$cipher.pem" 2>/dev/null
done
openssl rsa -traditional -provider legacy -provider default -in "$out/rsa2048.pem" -des -passout env:pass \
  -out "$out/rsa2048.des.pem" 2>/dev/null
openssl ec -in "$out/ecdsa256.pem" -aes128 -passout env:pass -out "$out/ecdsa256.aes128.pem" 2>/dev/null
openssl dsa -in "$out/dsa1024.pem" -aes128 -passout env:pass -out "$out/dsa1024.aes128.pem" 2>/dev/null
seal() { # name, options
  openssl pkcs8 -topk8 -in "$out/openssl25519.pk8" -passout env:pass "${@:2}" -out "$out/openssl25519.$1.pk8" 2>/dev/null
}
for prf in SHA1 SHA224 SHA256 SHA384 SHA512; do seal "pbkdf2-$prf" -v2 aes-256-cbc -v2prf "hmacWith$prf" -iter 100; done
for cipher in aes-128-cbc aes-192-cbc des-ede3-cbc; do seal "$cipher" -v2 "$cipher" -iter 100; done
seal scrypt -scrypt -scrypt_N 256 -scrypt_r 8 -scrypt_p 2
seal PBE-SHA1-3DES -v1 PBE-SHA1-3DES -iter 100
seal PBE-SHA1-2DES -v1 PBE-SHA1-2DES -iter 100
seal PBE-MD5-DES -provider legacy -provider default -v1 PBE-MD5-DES -iter 100
seal PBE-SHA1-DES -provider legacy -provider default -v1 PBE-SHA1-DES -iter 100

chmod 644 "$out"/*
{
  openssl version
  ssh -V 2>&1
} >"$out/versions.txt"
