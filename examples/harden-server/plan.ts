/** The plan: from what is asked for and what is there, the steps in the order in which they lock nobody out. */

import { Refusal } from '../lab/refusal.ts'
import { bootScripts, folder, unitPath } from './firewall.ts'
import { type Found, needFacts } from './look.ts'
import type { Plan, Step, WantedFile, Way } from './step.ts'
import { adminStep } from './steps/admin.ts'
import { firewallForm, firewallStep } from './steps/firewall.ts'
import { keysStep } from './steps/keys.ts'
import { rootStep } from './steps/root.ts'
import { socketFile, sshdFiles, sshdStep } from './steps/sshd.ts'
import { sudoersFor, sudoStep } from './steps/sudo.ts'
import type { Wishes } from './wishes.ts'

/** What is read before a plan is made, as words of sh. */
export const pathsFor = ({ admin }: Wishes): string[] => [
  '"$home/.ssh/authorized_keys"',
  sudoersFor(admin),
  ...sshdFiles,
  socketFile,
  `${folder}/*`,
  unitPath,
  ...Object.values(bootScripts),
]

/** `way` is the one that is open now. Throws `Refusal`. */
export function planOf(wishes: Wishes, found: Found, way: Way): Plan {
  needFacts(found)
  const stays: Way = { as: 'admin', port: way.port }
  const last: Way = { as: 'admin', port: wishes.port }
  const form = firewallForm(wishes, found)
  const moves = way.port !== wishes.port
  const before: Step[] = []
  const after: Step[] = []
  if (form !== 'none') {
    if (moves) before.push(firewallStep('firewall-old-port', wishes, found, form, [wishes.port, way.port], stays))
    after.push(firewallStep('firewall', wishes, found, form, [wishes.port], last))
  }
  const listening = (found.facts.listening ?? '').split(' ').map((hex) => Number.parseInt(hex, 16))
  if (moves && listening.includes(wishes.port)) {
    throw new Refusal('port-taken', `--port ${wishes.port}: something else listens there`)
  }
  const steps = [
    adminStep(wishes, found, way),
    keysStep(wishes, found, way),
    sudoStep(wishes, way),
    ...before,
    sshdStep(wishes, found),
    ...after,
    rootStep(wishes, found, last),
  ]
  return { host: wishes.host, steps }
}

/** Whether a file is there as it shall be. */
export function isThere({ path, mode, owner, content }: WantedFile, { files }: Found): boolean {
  const file = files.get(path)
  const owned = owner.endsWith(':') ? file?.owner.startsWith(owner) : file?.owner === owner
  return file !== undefined && owned === true && file.mode === mode && file.content === content
}
