/** authorized_keys, whole: whose key is not among them does not come in. */

import type { Found } from '../look.ts'
import { quote, type Step, type Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

export const authorizedKeysIn = (home: string): string => `${home}/.ssh/authorized_keys`

export function keysStep({ admin, authorizedKeys }: Wishes, { facts }: Found, way: Way): Step {
  const home = facts.home!
  const folder = `${home}/.ssh`
  // With the group that the account has by itself.
  const owner = `${admin}:`
  return {
    name: 'keys',
    title: `the keys of ${admin}`,
    store: 'keys',
    folders: [[folder, '700', owner]],
    files: [{ path: authorizedKeysIn(home), mode: '600', owner, content: authorizedKeys }],
    facts: [],
    check: `[ "$(stat -c '%U' ${quote(home)})" = ${admin} ]`,
    keep: `for path in ${quote(home)} ${quote(folder)}; do
  if [ -d "$path" ]; then stat -L -c '%a %u:%g %n' "$path"; fi
done >"$try/folders"`,
    // sshd's StrictModes: nobody else may write to any of it. A link would have the owner of something else changed.
    prepare: `
if [ -L ${quote(folder)} ]; then fail ${quote(`${folder} is a symbolic link`)}; fi
chown ${admin} ${quote(home)} && chmod go-w ${quote(home)}
if [ -d ${quote(folder)} ]; then chown ${owner} ${quote(folder)} && chmod 700 ${quote(folder)}; fi`,
    judge: '',
    activate: '',
    undo: `while read -r mode owner path; do
  if [ -d "$path" ]; then chown "$owner" "$path" && chmod "$mode" "$path"; fi
done <"$try/folders"`,
    prove: [{ expect: 'in', way: { as: 'admin', port: way.port }, root: false }],
    next: way,
  }
}
