#!/usr/bin/env bash
# Fetches the OpenSSH client of Debian sid into FOLDER without touching the system, and prints the path of a folder
# with a script for each of its programs: OpenSSH 10.6 and later have ML-DSA keys, Debian's stable releases do not.
#
#   tools/openssh-sid.sh [FOLDER]     FOLDER: by default $HAWSER_OPENSSH_SID, else hawser-openssh-sid below $TMPDIR
#
# apt runs with lists, state and cache of its own, checks Debian's signatures, and only downloads; the packages are
# unpacked, not installed, and their programs run through their own ld.so. What is there already is kept.
# From openssh-tests comes sk-dummy.so, a security key made of software, for ssh-keygen -w and SSH_SK_PROVIDER.
set -euo pipefail

folder=$(realpath -m "${1:-${HAWSER_OPENSSH_SID:-${TMPDIR:-/tmp}/hawser-openssh-sid}}")
bin=$folder/bin
mkdir -p "$folder"
# $TMPDIR belongs to everybody: what somebody else has put there is not to be run.
[[ -O $folder ]] || {
  echo "openssh-sid: $folder belongs to another user" >&2
  exit 1
}
if [[ -f $folder/complete ]]; then
  echo "$bin"
  exit
fi
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for needed in apt-get dpkg-deb; do
  command -v "$needed" >/dev/null || {
    echo "openssh-sid: $needed is not here: this needs Debian or a relative of it" >&2
    exit 1
  }
done
[[ -f $keyring ]] || {
  echo "openssh-sid: $keyring is not here (package debian-archive-keyring)" >&2
  exit 1
}

# Two at once must not mix; who comes second finds the work done.
exec 9>"$folder/lock"
flock 9
if [[ -f $folder/complete ]]; then
  echo "$bin"
  exit
fi
root=$folder/root apt=$folder/apt
rm -rf "$root" "$apt" "$bin"
mkdir -p "$root" "$bin" "$apt"/{state/lists/partial,cache/archives/partial}
: >"$apt/status"
# The mirror that this machine uses for Debian itself.
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 -E '/debian/?$') || {
  echo 'openssh-sid: apt knows no mirror of Debian here' >&2
  exit 1
}
echo "deb [signed-by=$keyring] $mirror sid main" >"$apt/sources.list"
# Where this runs as root, apt would fetch as the user _apt, who may not write here.
options=(
  -qq
  -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
  -o Dir::State="$apt/state" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache"
  -o APT::Sandbox::User= -o Debug::NoLocking=1 -o Acquire::Retries=3
)
{
  apt-get "${options[@]}" update
  apt-get "${options[@]}" install --download-only --no-install-recommends -y openssh-client
  # Without what it depends on: a server, PuTTY, Python. All that is wanted of it is one file.
  (cd "$apt/cache/archives" && apt-get "${options[@]}" download openssh-tests)
} >&2
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
rm -rf "$apt"

loader=$(find "$root" -name 'ld-linux*.so.*' -path '*/lib*/*' -print -quit)
libraries=$(dirname "$(find "$root" -name 'libcrypto.so.3' -print -quit)")
for program in ssh ssh-add ssh-agent ssh-keygen ssh-keyscan ssh-sk-helper; do
  path=$root/usr/bin/$program
  [[ -f $path ]] || path=$root/usr/lib/openssh/$program
  printf '%s\n' '#!/bin/sh' \
    "SSH_SK_HELPER='$bin/ssh-sk-helper' exec '$loader' --library-path '$libraries' --argv0 $program '$path' \"\$@\"" \
    >"$bin/$program"
  chmod 755 "$bin/$program"
done
dummy=$(find "$root" -name sk-dummy.so -print -quit)
if [[ -n $dummy ]]; then ln -s "$dummy" "$bin/sk-dummy.so"; fi
"$bin/ssh" -V >&2
touch "$folder/complete"
echo "$bin"
