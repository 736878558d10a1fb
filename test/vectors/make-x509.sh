#!/usr/bin/env bash
# Makes x509/ with openssl: `make-x509.sh [FOLDER]`, a fresh temporary folder where none is given.
# The committed set is one run of it; keys are random and `req` takes the time of day, so another run gives other bytes.
set -euo pipefail
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
rm -rf x509
mkdir x509
cd x509
export TZ=UTC LC_ALL=C
umask 022

# One of each type: key (PKCS#8), self-signed certificate, request; ECDSA with the hash that SSH has for the curve.
make() { # name, digest, genpkey's options
  openssl genpkey -quiet "${@:3}" -out "$1.key" 2>/dev/null
  openssl req -x509 -new -key "$1.key" "-$2" -days 365 -subj "/O=Example/CN=$1" -out "$1.crt"
  openssl req -new -key "$1.key" "-$2" -subj "/O=Example/CN=$1" -out "$1.csr"
}
make rsa sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
make p256 sha256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
make p384 sha384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
make p521 sha512 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
make ed25519 sha256 -algorithm ED25519

# Certificates that differ in one thing each.
key=p256.key
self() { # name, req's options
  openssl req -x509 -new -key $key "${@:2}" -out "$1.crt"
}
openssl x509 -req -in p256.csr -signkey $key -days 30 -set_serial 1 -out v1.crt 2>/dev/null
self late -days 20000 -subj /CN=late
self negative -days 365 -subj /CN=negative -set_serial -5
self long-serial -days 365 -subj /CN=long-serial -set_serial 0xff00000000000000000000000000000000000001
self no-subject -days 365 -subj /
openssl req -new -key $key -subj / -out no-subject.csr
self names -days 365 -utf8 -multivalue-rdn -config <(
  printf 'oid_section = oids\n[oids]\nodd = 1.2.3.4\n[req]\nstring_mask = utf8only\ndistinguished_name = dn\n[dn]\n'
) -subj '/C=DE/DC=example/O=Bücher, "Söhne" \+ <Co>;=/OU=#1/OU= two  /UID=u1+CN=one \+ two\\three/emailAddress=a@example.org/odd=x'
openssl req -x509 -new -key $key -days 365 -subj "/O=Bücher/CN=wide" -utf8 -out wide.crt -config <(
  printf '[req]\nstring_mask = MASK:0x800\ndistinguished_name = dn\n[dn]\n'
)
openssl x509 -in rsa.crt -text -out text.crt
openssl x509 -in rsa.crt -trustout -setalias 'an alias' -addtrust serverAuth -out trusted.crt
openssl genpkey -quiet -algorithm X25519 2>/dev/null | openssl pkey -pubout -out x25519.pub
openssl req -x509 -new -key $key -days 365 -subj /CN=x25519 -out - 2>/dev/null |
  openssl x509 -force_pubkey x25519.pub -signkey $key -out x25519.crt 2>/dev/null
rm x25519.pub

# What openssl says of each certificate.
{
  echo '['
  comma=''
  for file in *.crt; do
    field() { openssl x509 -in "$file" -noout -nameopt RFC2253,-esc_msb "$@" | sed 's/^[A-Za-z0-9 ]*= *//; s/\\/\\\\/g; s/"/\\"/g'; }
    # No subject= prefix is lost: sed takes the first one alone.
    printf '%s  { "file": "%s", "subject": "%s", "issuer": "%s", "serial": "%s", "notBefore": "%s", "notAfter": "%s",\n' \
      "$comma" "$file" "$(field -subject)" "$(field -issuer)" "$(field -serial)" "$(field -startdate)" "$(field -enddate)"
    printf '    "sha1": "%s", "sha256": "%s" }' "$(field -fingerprint -sha1 | tr -d :)" "$(field -fingerprint -sha256 | tr -d :)"
    comma=$',\n'
  done
  printf '\n]\n'
} >manifest.json
openssl version >versions.txt
