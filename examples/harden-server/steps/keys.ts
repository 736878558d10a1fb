/** authorized_keys, whole: whose key is not among them does not come in. */

import type { Found } from '../look.ts'
import { quote, type Step, type Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

export const authorizedKeysIn = (home: string): string => `${home}/.ssh/authorized_keys`

export function keysStep({ admin, authorizedKeys }: Wishes, { facts }: Found, way: Way): Step {
  const home = facts.home!
  // With the group that the account has by itself.
  const owner = `${admin}:`
  return {
    name: 'keys',
    title: `the keys of ${admin}`,
    store: 'keys',
    folders: [[`${home}/.ssh`, '700', owner]],
    files: [{ path: authorizedKeysIn(home), mode: '600', owner, content: authorizedKeys }],
    facts: [],
    check: `[ "$(stat -c '%U' ${quote(home)})" = ${admin} ]`,
    keep: `stat -c '%a %u:%g' ${quote(home)} >"$try/home"`,
    // sshd's StrictModes: nobody else may write to any of it.
    prepare: `
chown ${admin} ${quote(home)} && chmod go-w ${quote(home)}
if [ -d ${quote(`${home}/.ssh`)} ]; then chown ${owner} ${quote(`${home}/.ssh`)} && chmod 700 ${quote(`${home}/.ssh`)}; fi`,
    judge: '',
    activate: '',
    undo: `if [ -d ${quote(home)} ]; then read -r mode owner <"$try/home" && chown "$owner" ${quote(home)} && chmod "$mode" ${quote(home)}; fi`,
    prove: [{ expect: 'in', way: { as: 'admin', port: way.port }, root: false }],
    next: way,
  }
}
