/** The rules, in the form of nft(8) and in that of iptables-restore(8): what is not named here does not come in. */

import type { OpenPort } from './ports.ts'

/** A table of its own, replaced whole in one transaction; the tables of others judge besides. */
export function nftRules(ports: readonly OpenPort[]): string {
  const rules = ports.map(({ name, protocol, port }) => `    ${protocol} dport ${port} accept comment "${name}"\n`)
  return `# harden-server
table inet harden
delete table inet harden
table inet harden {
  chain input {
    type filter hook input priority 0; policy drop;
    iif "lo" accept
    ct state established,related accept
    ct state invalid drop
    meta l4proto { icmp, ipv6-icmp } accept
    udp sport 67 udp dport 68 accept comment "DHCP"
    udp sport 547 udp dport 546 accept comment "DHCPv6"
${rules.join('')}  }
}
`
}

/** A chain of its own, for `--noflush`; the loader has INPUT jump to it. */
export function iptablesRules(family: 4 | 6, ports: readonly OpenPort[]): string {
  const [icmp, server, client] = family === 4 ? ['icmp', 67, 68] : ['ipv6-icmp', 547, 546]
  const rules = ports.map(({ name, protocol, port }) => {
    return `-A HARDEN -p ${protocol} --dport ${port} -m comment --comment ${name} -j ACCEPT\n`
  })
  return `# harden-server
*filter
:HARDEN - [0:0]
-A HARDEN -i lo -j ACCEPT
-A HARDEN -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A HARDEN -m conntrack --ctstate INVALID -j DROP
-A HARDEN -p ${icmp} -j ACCEPT
-A HARDEN -p udp --sport ${server} --dport ${client} -j ACCEPT
${rules.join('')}-A HARDEN -j DROP
COMMIT
`
}

export const folder = '/etc/harden-server'

/** What loads the rules, now and at every start. */
export const loader: Readonly<Record<'nft' | 'iptables', string>> = {
  nft: `#!/bin/sh
# harden-server: "stop" opens, everything else closes.
PATH=$PATH:/usr/sbin:/sbin
if [ "\${1:-}" = stop ]; then exec nft 'table inet harden; delete table inet harden'; fi
exec nft -f ${folder}/firewall.nft
`,
  iptables: `#!/bin/sh
# harden-server: "stop" opens, everything else closes.
PATH=$PATH:/usr/sbin:/sbin
code=0
for ip in iptables ip6tables; do
  if [ "\${1:-}" = stop ]; then
    while $ip -w -D INPUT -j HARDEN 2>/dev/null; do :; done
    $ip -w -F HARDEN 2>/dev/null && $ip -w -X HARDEN
    continue
  fi
  $ip-restore -w --noflush <${folder}/firewall.$ip || code=1
  $ip -w -C INPUT -j HARDEN 2>/dev/null || $ip -w -I INPUT -j HARDEN || code=1
done
exit $code
`,
}

export const unitPath = '/etc/systemd/system/harden-firewall.service'
export const wantedPath = '/etc/systemd/system/sysinit.target.wants/harden-firewall.service'

/** Before the network is up, and after those whose own rules are flushed first. */
export const unit = `[Unit]
Description=Firewall of harden-server
DefaultDependencies=no
Wants=network-pre.target
After=local-fs.target nftables.service iptables.service netfilter-persistent.service
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${folder}/firewall start
ExecStop=/bin/sh ${folder}/firewall stop

[Install]
WantedBy=sysinit.target
`

/** For systems without systemd: ifupdown's, OpenRC's (the service "local"). */
export const bootScripts: Readonly<Record<'ifupdown' | 'openrc', string>> = {
  ifupdown: '/etc/network/if-pre-up.d/harden-firewall',
  openrc: '/etc/local.d/harden-firewall.start',
}
export const bootScript = `#!/bin/sh\nexec /bin/sh ${folder}/firewall start\n`
