#!/usr/bin/env bash
# Makes sshsig/ with the real ssh-keygen and git: signatures by plain keys and by certificates, signed objects of git,
# and the file of allowed signers that accepts them all for alice@example.com.
#   make-sshsig.sh [FOLDER]     FOLDER: a fresh temporary one where none is given
# Keys and signatures are random, so another run gives other bytes. Private keys are not kept.
set -euo pipefail
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
rm -rf sshsig
mkdir sshsig
cd sshsig
export TZ=UTC LC_ALL=C
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf 'a message\n' >message
ssh-keygen -q -t ed25519 -N '' -C authority -f "$work/authority"
printf '# made by make-sshsig.sh\n\n' >allowed_signers
printf '*@example.com cert-authority %s\n' "$(cat "$work/authority.pub")" >>allowed_signers
sign() { # key file, name of the signature, hash
  cp message "$work/message"
  ssh-keygen -q -Y sign -f "$1" -n file -O "hashalg=$3" "$work/message" 2>/dev/null
  mv "$work/message.sig" "$2.sig"
}
key() { # name, options
  local name=$1
  ssh-keygen -q -N '' -C "$name" -f "$work/$name" "${@:2}"
  printf 'alice@example.com,!bob@example.com namespaces="file,git",valid-after="20200101Z" %s\n' \
    "$(cat "$work/$name.pub")" >>allowed_signers
  sign "$work/$name" "$name.sha512" sha512
  sign "$work/$name" "$name.sha256" sha256
  ssh-keygen -q -s "$work/authority" -I "$name" -n alice@example.com -V 20200101000000:20400101000000 "$work/$name.pub"
  sign "$work/$name-cert.pub" "$name-cert.sha512" sha512
}
key ed25519 -t ed25519
key ecdsa256 -t ecdsa -b 256
key ecdsa384 -t ecdsa -b 384
key ecdsa521 -t ecdsa -b 521
key rsa2048 -t rsa -b 2048

# A commit, one with a signed tag merged into it (so with a header of many lines), and a tag.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 HOME=$work
export GIT_AUTHOR_DATE='2024-01-02T03:04:05Z' GIT_COMMITTER_DATE='2024-01-02T03:04:05Z'
for format in sha1 sha256; do
  repository=$work/$format
  git init -q -b main --object-format=$format "$repository"
  cd "$repository"
  git config user.name Alice
  git config user.email alice@example.com
  git config gpg.format ssh
  git config user.signingKey "$work/ed25519"
  git commit -q --allow-empty -S -m 'a commit' -m 'of two paragraphs'
  git checkout -q -b side
  git commit -q --allow-empty -m 'not signed'
  git tag -s -m 'a tag' v1
  git checkout -q main
  git commit -q --allow-empty -m 'beside it'
  git merge -q --no-ff -S -m 'a merge' v1
  cd - >/dev/null
  git -C "$repository" cat-file commit main~2 >"git-$format-commit"
  git -C "$repository" cat-file commit main >"git-$format-merge"
  git -C "$repository" cat-file commit v1^0 >"git-$format-unsigned"
  git -C "$repository" cat-file tag v1 >"git-$format-tag"
done
{
  ssh -V 2>&1
  git --version
} >versions.txt
echo "$out/sshsig"
