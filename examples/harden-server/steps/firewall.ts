/** The firewall, twice: with the old port of ssh beside the new one, and later without. */

import { Refusal } from '../../lab/refusal.ts'
import {
  bootScript,
  bootScripts,
  folder,
  iptablesRules,
  loader,
  nftRules,
  unit,
  unitPath,
  wantedPath,
} from '../firewall.ts'
import type { Found } from '../look.ts'
import type { Proof, Step, WantedFile, Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

/** Which form the server loads; `none` where it shall have none. Throws `Refusal`. */
export function firewallForm({ firewall }: Wishes, { facts }: Found): 'nft' | 'iptables' | 'none' {
  if (firewall === 'none') return 'none'
  for (const manager of ['firewalld', 'ufw']) {
    if (facts[manager] === 'yes') {
      throw new Refusal(
        'firewall-managed',
        `${manager} has the firewall: open the port there, and give --firewall none`,
      )
    }
  }
  const has = { nft: facts['tool-nft'], iptables: facts['tool-iptables-restore'] && facts['tool-ip6tables-restore'] }
  const form = firewall === 'auto' ? (has.nft === 'yes' ? 'nft' : 'iptables') : firewall
  if (has[form] !== 'yes') throw new Refusal('missing-tool', `not installed on the server: ${form}`)
  return form
}

/** What loads the rules when the server starts. Throws `Refusal`. */
function bootFile({ facts }: Found): WantedFile {
  const owner = 'root:root'
  if (facts.systemd === 'yes') return { path: unitPath, mode: '644', owner, content: unit }
  for (const system of ['ifupdown', 'openrc'] as const) {
    if (facts[system] === 'yes') return { path: bootScripts[system], mode: '755', owner, content: bootScript }
  }
  throw new Refusal('no-boot', 'neither systemd nor ifupdown nor OpenRC there: nothing would load the rules again')
}

/** A step of either pass. `ports` are those of ssh. */
export function firewallStep(
  name: 'firewall' | 'firewall-old-port',
  wishes: Wishes,
  found: Found,
  form: 'nft' | 'iptables',
  ports: readonly number[],
  way: Way,
): Step {
  const open = [...ports.map((port) => ({ name: 'ssh', protocol: 'tcp' as const, port })), ...wishes.allow]
  const rules: readonly (readonly [string, string])[] =
    form === 'nft'
      ? [['firewall.nft', nftRules(open)]]
      : [
          ['firewall.iptables', iptablesRules(4, open)],
          ['firewall.ip6tables', iptablesRules(6, open)],
        ]
  const owner = 'root:root'
  const test =
    form === 'nft'
      ? `nft -c -f ${folder}/firewall.nft`
      : `iptables-restore --test --noflush <${folder}/firewall.iptables && ip6tables-restore --test --noflush <${folder}/firewall.ip6tables`
  const closed: Proof[] = ports.includes(wishes.oldPort) ? [] : [{ expect: 'closed', port: wishes.oldPort }]
  return {
    name,
    title:
      name === 'firewall' && way.port !== wishes.oldPort
        ? `the firewall (${form}) without port ${wishes.oldPort}`
        : `a firewall (${form}), open for ssh at ${ports.join(' and ')}`,
    store: 'firewall',
    folders: [[folder, '755', owner]],
    files: [
      ...rules.map(([file, content]) => ({ path: `${folder}/${file}`, mode: '644', owner, content })),
      { path: `${folder}/firewall`, mode: '755', owner, content: loader[form] },
      bootFile(found),
    ],
    facts: [],
    check:
      form === 'nft'
        ? 'nft list table inet harden >/dev/null 2>&1'
        : 'iptables -C INPUT -j HARDEN 2>/dev/null && ip6tables -C INPUT -j HARDEN 2>/dev/null',
    keep: '',
    prepare: '',
    judge: test,
    // After a way back the loader may be gone, and the rules with it.
    activate: `
if [ -e ${folder}/firewall ]; then sh ${folder}/firewall start; else
  if have nft; then nft 'table inet harden; delete table inet harden'; fi
  for ip in iptables ip6tables; do
    if have $ip; then
      while $ip -w -D INPUT -j HARDEN 2>/dev/null; do :; done
      $ip -w -F HARDEN 2>/dev/null && $ip -w -X HARDEN || :
    fi
  done
fi
if [ -e ${unitPath} ]; then
  mkdir -p ${wantedPath.replace(/\/[^/]*$/, '')} && ln -sf ${unitPath} ${wantedPath}
else rm -f ${wantedPath}; fi`,
    undo: '',
    prove: [{ expect: 'in', way, root: true }, ...closed],
    next: way,
  }
}
