/** root's password: locked, or another one, for the console alone. The last step, since the first login may have used it. */

import type { Found } from '../look.ts'
import type { Step, Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

export function rootStep({ secrets }: Wishes, { facts }: Found, way: Way): Step {
  const locked = facts.root === '!' || facts.root === '*'
  const password = secrets.root !== undefined
  return {
    name: 'root',
    title: password ? `root's password, changed` : `root's password, locked`,
    store: 'root',
    folders: [],
    files: [],
    facts: [[`root's password`, locked ? 'locked' : 'set', password ? 'the one of --root-password-file' : 'locked']],
    check: password ? 'false' : `case $(getent shadow root | cut -d: -f2 | cut -c1) in '!' | '*') ;; *) false ;; esac`,
    keep: 'keep_password root',
    prepare: password ? `printf 'root:%s\\n' "$(secret_root)" | chpasswd` : 'usermod -L root',
    judge: '',
    activate: '',
    undo: 'restore_password root',
    prove: [{ expect: 'in', way, root: true }],
    next: way,
  }
}
