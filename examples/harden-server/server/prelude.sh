# Stands in front of every script that is sent to a server (POSIX sh). A change is a folder, TRY, that holds what was
# there before and how to get back to it. Whoever renames TRY first decides: the proof makes it ORIG, the switch takes it
# back. ORIG is what was there before the first change, for the day when all is undone.
set -eu
umask 022
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
store=/var/lib/harden-server
# sshd wants to be called by its whole path.
sshd=$(command -v sshd || :)

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# A file gets its place, whole. `.harden-new` is no name that sshd or sudo would read.
move_in() { # TEMPORARY PATH
  mv -f "$1" "$2"
  if have restorecon; then restorecon "$2" || :; fi
}

keep() { # PATH
  if [ -L "$1" ]; then fail "$1 is a symbolic link"; fi
  if [ -e "$1" ]; then
    cp -p "$1" "$try/$(($(wc -l <"$try/manifest") + 1))"
    echo "file $1" >>"$try/manifest"
  else
    echo "none $1" >>"$try/manifest"
  fi
}

make_dir() { # PATH MODE OWNER
  if [ -L "$1" ]; then fail "$1 is a symbolic link"; fi
  if [ ! -d "$1" ]; then
    echo "dir $1" >>"$try/manifest"
    mkdir -m "$2" "$1"
    chown "$3" "$1"
  fi
}

put() { # PATH MODE OWNER <content
  keep "$1"
  rm -f "$1.harden-new"
  (
    umask 077
    cat >"$1.harden-new"
  )
  chown "$3" "$1.harden-new"
  chmod "$2" "$1.harden-new"
  move_in "$1.harden-new" "$1"
}

# A password, and the day of its last change, which whoever sets one makes that of today.
keep_password() { # USER
  (umask 077 && getent shadow "$1" | cut -d: -f2 >"$try/hash")
  getent shadow "$1" | cut -d: -f3 >"$try/day"
}

restore_password() { # USER
  printf '%s:%s\n' "$1" "$(cat "$try/hash")" | chpasswd -e
  day=$(cat "$try/day")
  if have chage; then chage -d "${day:--1}" "$1"; fi
}

restore() { # FOLDER
  n=0
  while read -r what path; do
    n=$((n + 1))
    case $what in
    file) cp -p "$1/$n" "$path.harden-new" && move_in "$path.harden-new" "$path" ;;
    none) rm -f "$path" ;;
    esac
  done <"$1/manifest"
  while read -r what path; do
    if [ "$what" = dir ]; then rmdir "$path" 2>/dev/null || :; fi
  done <"$1/manifest"
}

roll_back() {
  if mv "$try" "$step/rolling" 2>/dev/null; then
    sh "$step/rolling/undo" >>"$store/log" 2>&1 || :
    rm -rf "$step/rolling"
    rmdir "$step" 2>/dev/null || :
  fi
}

begin() { # TOKEN
  (umask 077 && mkdir -p "$store" "$step")
  for other in "$store"/*/try; do
    if [ ! -e "$other" ]; then continue; fi
    if kill -0 "$(cat "$other/watcher" 2>/dev/null)" 2>/dev/null; then
      fail "another change waits for its proof: $other"
    fi
    # Its switch is gone, with a restart of the server.
    (try=$other step=${other%/try} && roll_back)
  done
  (umask 077 && mkdir -p "$step" && mkdir "$try" && : >"$try/manifest" && echo "$1" >"$try/token")
}

# The dead man's switch: a server that nobody reaches cannot be told to go back.
arm() { # SECONDS TOKEN
  printf '%s\n' "$1" >"$try/seconds"
  if have setsid; then
    setsid sh "$try/watch" "$1" "$2" "$step" </dev/null >/dev/null 2>&1 &
  else
    nohup sh "$try/watch" "$1" "$2" "$step" </dev/null >/dev/null 2>&1 &
  fi
  echo $! >"$try/watcher"
}

confirm() { # TOKEN
  if [ "$(cat "$try/token" 2>/dev/null)" != "$1" ]; then fail 'the change was taken back meanwhile'; fi
  watcher=$(cat "$try/watcher")
  if [ -d "$step/orig" ]; then
    mv "$try" "$step/old"
    rm -rf "$step/old"
  else
    mv "$try" "$step/orig"
  fi
  kill -- "-$watcher" 2>/dev/null || kill "$watcher" 2>/dev/null || :
}

# sshd reads its configuration again: by systemd, by service, or by the signal itself.
reload_sshd() {
  # One that reads nonsense ends; this one goes on with what it has.
  "$sshd" -t || fail 'sshd -t refuses what is there: sshd stays as it is'
  if have systemctl && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if systemctl is-active --quiet ssh.socket; then
      # The socket does not move under a service that runs; its sessions stay (KillMode=process).
      systemctl stop ssh.service
      systemctl restart ssh.socket
    fi
    for unit in ssh sshd; do
      if systemctl is-active --quiet "$unit.service"; then systemctl reload "$unit.service" && say "reloaded by systemctl: $unit" && return; fi
    done
    if systemctl is-active --quiet ssh.socket; then say 'restarted by systemctl: ssh.socket' && return; fi
  fi
  if have service; then
    for name in ssh sshd; do
      if service "$name" status >/dev/null 2>&1 && service "$name" reload >/dev/null 2>&1; then say "reloaded by service: $name" && return; fi
    done
  fi
  pid=$(cat "$("$sshd" -T 2>/dev/null | sed -n 's/^pidfile //p')" 2>/dev/null || pgrep -o -x sshd) || fail 'no sshd runs'
  kill -HUP "$pid"
  say "reloaded by SIGHUP: process $pid"
}
