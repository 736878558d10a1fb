#!/bin/sh
# In the place of systemd: ssh.socket is active, and sshd gets the port that the socket has, whatever sshd_config says. As
# that of Ubuntu 24.04 it has BindIPv6Only=ipv6-only, so that a ListenStream with a port alone is of IPv6 alone.
drop_ins() { cat /etc/systemd/system/ssh.socket.d/*.conf 2>/dev/null; }
last() { drop_ins | sed -n "s/^$1=\(..*\)/\1/p" | tail -n 1; }
echo "$*" >>/run/systemctl.log
case "$*" in
daemon-reload | 'is-active --quiet ssh.socket') exit 0 ;;
'stop ssh.service') kill "$(cat /run/sshd.pid)" ;;
'restart ssh.socket')
  port=$(last ListenStream) family=any
  if [ -n "$port" ] && [ "$(last BindIPv6Only)" != both ]; then family=inet6; fi
  exec /usr/sbin/sshd -p "${port:-22}" -o "AddressFamily=$family" -E /run/sshd.log
  ;;
*) exit 3 ;;
esac
