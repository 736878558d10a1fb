/** sudo for the admin: an entry of its own, which sorts last, since of entries that match the last one counts. */

import type { Step, Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

export const sudoersFor = (admin: string): string => `/etc/sudoers.d/zz-harden-${admin}`

export function sudoStep({ admin, secrets }: Wishes, way: Way): Step {
  const tag = secrets.admin === undefined ? 'NOPASSWD: ' : 'PASSWD: '
  const next: Way = { as: 'admin', port: way.port }
  return {
    name: 'sudo',
    title: `sudo for ${admin}`,
    store: 'sudo',
    folders: [],
    files: [
      {
        path: sudoersFor(admin),
        mode: '440',
        owner: 'root:root',
        content: `# harden-server\n${admin} ALL=(ALL:ALL) ${tag}ALL\n`,
      },
    ],
    facts: [],
    check: '',
    keep: '',
    // visudo reads the whole of it only from where it counts, so the file alone is judged before.
    prepare: `printf '%s\\n' '${admin} ALL=(ALL:ALL) ${tag}ALL' >"$try/sudoers" && visudo -c -q -f "$try/sudoers"`,
    judge: `visudo -c -q`,
    activate: '',
    undo: '',
    prove: [{ expect: 'in', way: next, root: true }],
    next,
  }
}
