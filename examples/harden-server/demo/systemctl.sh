#!/bin/sh
# In the place of systemd: ssh.socket is active, and sshd gets the port that the socket has, whatever sshd_config says.
socket() { cat /etc/systemd/system/ssh.socket.d/*.conf 2>/dev/null | sed -n 's/^ListenStream=\(..*\)/\1/p' | tail -n 1; }
echo "$*" >>/run/systemctl.log
case "$*" in
daemon-reload | 'is-active --quiet ssh.socket') exit 0 ;;
'stop ssh.service') kill "$(cat /run/sshd.pid)" ;;
'restart ssh.socket')
  port=$(socket)
  exec /usr/sbin/sshd -p "${port:-22}" -E /run/sshd.log
  ;;
*) exit 3 ;;
esac
