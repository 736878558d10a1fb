/** What will be different, before it is: a diff of each file, a line for what is no file; and the same as files. */

import { resolve } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { writeFolder } from '../lab/folder.ts'
import { iptablesRules, nftRules } from './firewall.ts'
import type { HostKey } from './host-key.ts'
import type { Found } from './look.ts'
import { isThere } from './plan.ts'
import type { Plan } from './step.ts'
import type { Wishes } from './wishes.ts'

const patch = (path: string, before: string | undefined, after: string, old = '', now = ''): string =>
  createTwoFilesPatch(before === undefined ? '/dev/null' : path, path, before ?? '', after, old, now, { context: 2 })
    .replace(/^(?:Index: .*\n)?=+\n/, '')
    .trimEnd()

/** The difference, and whether there is any. */
export function differences(plan: Plan, found: Found, wishes: Wishes, hostKey: HostKey): string[] {
  const lines: string[] = []
  if (hostKey.before !== hostKey.after) lines.push(patch(wishes.knownHosts, hostKey.before, hostKey.after))
  // Of files that two steps write, the first step starts from what is there.
  const now = new Map([...found.files].map(([path, file]) => [path, file]))
  for (const step of plan.steps) {
    const shown: string[] = []
    for (const [what, before, after] of step.facts)
      if (before !== after) shown.push(`-${what}: ${before}`, `+${what}: ${after}`)
    for (const file of step.files) {
      if (isThere(file, { facts: {}, files: now })) continue
      const before = now.get(file.path)
      const old = before === undefined ? '' : `${before.mode} ${before.owner}`
      shown.push(patch(file.path, before?.content, file.content, old, `${file.mode} ${file.owner}`))
      now.set(file.path, file)
    }
    if (shown.length > 0) lines.push(`# ${step.name}: ${step.title}`, ...shown)
  }
  return lines
}

/** Writes the plan and its files into a new folder: `plan.json`, `files/etc/…`, the firewall in both forms. Throws `Refusal`. */
export async function writePlan(folder: string, plan: Plan, wishes: Wishes): Promise<void> {
  const open = [{ name: 'ssh', protocol: 'tcp' as const, port: wishes.port }, ...wishes.allow]
  const files = {
    'plan.json': `${JSON.stringify(plan, null, 2)}\n`,
    ...Object.fromEntries(
      plan.steps.flatMap((step) => step.files).map(({ path, content }) => [`files${path}`, content]),
    ),
    'firewall.nft': nftRules(open),
    'firewall.iptables': iptablesRules(4, open),
    'firewall.ip6tables': iptablesRules(6, open),
  }
  await writeFolder(
    resolve(folder),
    new Map(Object.entries(files).map(([name, text]) => [name, { text, mode: 0o600 }])),
  )
}
