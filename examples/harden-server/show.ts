/** What will be different, before it is: a diff of each file, a line for what is no file; and the same as files. */

import { chmod, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { writeFileAtomic } from 'hawser/node'
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

/** Writes the plan and its files into a folder: `plan.json`, `files/etc/…`, and the firewall in both forms. */
export async function writePlan(folder: string, plan: Plan, wishes: Wishes): Promise<void> {
  const write = async (name: string, content: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
    await writeFileAtomic(join(folder, name), content, { force: true })
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  await write('plan.json', `${JSON.stringify(plan, null, 2)}\n`)
  for (const { path, content } of plan.steps.flatMap(({ files }) => files)) await write(`files${path}`, content)
  const open = [{ name: 'ssh', protocol: 'tcp' as const, port: wishes.port }, ...wishes.allow]
  await write('firewall.nft', nftRules(open))
  await write('firewall.iptables', iptablesRules(4, open))
  await write('firewall.ip6tables', iptablesRules(6, open))
}
