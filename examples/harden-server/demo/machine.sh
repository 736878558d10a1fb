# A server to harden, inside namespaces of its own for mounts, processes and network: what it writes to /etc, /home and
# the rest is gone with it. Its words: the folder with what it is given, and which system it is.
set -eu
# The first process of namespaces of its own, or nothing: on a real machine this would be the end of it.
if [ $$ -ne 1 ] || [ "$(id -u)" -ne 0 ]; then
  echo 'only inside of unshare --pid --mount' >&2
  exit 1
fi
folder=$1 system=$2
PATH=$PATH:/usr/sbin:/sbin
mount --make-rprivate /
mount -t tmpfs none /mnt
cp -a "$folder" /mnt/given
for name in etc var/lib; do
  mkdir -p "/mnt/over/$name" "/mnt/work/$name"
  mount -t overlay -o "lowerdir=/$name,upperdir=/mnt/over/$name,workdir=/mnt/work/$name" none "/$name"
done
# No home of the machine below: what its shells do at a login is no business of this one.
for name in home root run; do mount -t tmpfs -o mode=755 none "/$name"; done
mkdir /run/sshd
given=/mnt/given

chpasswd <"$given/chpasswd"
rm -rf /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d /root/.ssh /var/lib/harden-server
mkdir -m 700 /root/.ssh
mkdir -p /etc/ssh/sshd_config.d /etc/sudoers.d
cp "$given/root_authorized_keys" /root/.ssh/authorized_keys
cp "$given/host_key" /etc/ssh/ssh_host_ed25519_key
cp "$given"/drop-ins/* /etc/ssh/sshd_config.d/
chown -R root:root /root/.ssh /etc/ssh
chmod 600 /etc/ssh/ssh_host_ed25519_key /root/.ssh/authorized_keys
cp "$given/sshd_config" /etc/ssh/sshd_config
# Since OpenSSH 9.8 an address that was refused a few times is shut out for a while; not in here.
echo 'PerSourcePenalties no' >>/etc/ssh/sshd_config
"$(command -v sshd)" -t 2>/dev/null || cp "$given/sshd_config" /etc/ssh/sshd_config

nft flush ruleset
case $system in
ifupdown) mkdir -p /etc/network/if-pre-up.d ;;
openrc)
  mkdir -p /etc/local.d
  rm -f /etc/init.d/ssh
  ;;
systemd)
  mkdir -p /run/systemd/system
  mount --bind "$given/systemctl" "$(command -v systemctl)"
  ;;
esac
. "$given/more.sh"

: >/run/sshd.log
"$(command -v sshd)" -E /run/sshd.log
tail -f /run/sshd.log &
echo 'machine ready'
# It reaps what its logins leave behind.
while :; do sleep 0.5; done
