/** An account that stays: with a home, a shell, and either no password at all or one that sudo asks for. */

import { Refusal } from '../../lab/refusal.ts'
import type { Found } from '../look.ts'
import type { Step, Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

export function adminStep(wishes: Wishes, { facts }: Found, way: Way): Step {
  const { admin } = wishes
  const { uid = '', shell = '', home = '' } = facts
  // Accounts of people begin at 1000 (login.defs, UID_MIN).
  if (uid !== '' && Number(uid) < 1000) throw new Refusal('bad-name', `--admin ${admin}: an account of the system`)
  if (/(nologin|false)$/.test(shell)) throw new Refusal('bad-name', `--admin ${admin}: has no shell there`)
  if (!/^(?:\/[\w.-]+)+$/.test(home)) throw new Refusal('bad-name', `--admin ${admin}: a home is expected there`)
  const password = wishes.secrets.admin !== undefined
  return {
    name: 'admin',
    title: `the account ${admin}`,
    store: 'admin',
    folders: [],
    files: [],
    facts: [
      [
        'account',
        uid === '' ? 'none' : `${admin}, uid ${uid}`,
        uid === '' ? `${admin}, with a home` : `${admin}, uid ${uid}`,
      ],
      ...(password ? [['password of sudo', 'whatever it is', 'the one of --admin-password-file'] as const] : []),
    ],
    check: password
      ? 'false'
      : `getent passwd ${admin} >/dev/null && case $(getent shadow ${admin} | cut -d: -f2) in '!'*) false ;; esac`,
    keep: `keep_password ${admin}`,
    // `!` would lock the account for keys, too, where sshd runs without PAM; `*` is no password and no lock.
    prepare: `
if ! getent passwd ${admin} >/dev/null; then
  useradd -m -d ${home} -s "$(if [ -x /bin/bash ]; then echo /bin/bash; else echo /bin/sh; fi)" ${admin}
  : >"$try/made"
fi
${
  password
    ? `printf '${admin}:%s\\n' "$(secret_admin)" | chpasswd`
    : `case $(getent shadow ${admin} | cut -d: -f2) in '!'*) usermod -p '*' ${admin} ;; esac`
}`,
    judge: `[ "$(id -u ${admin})" -ne 0 ]`,
    activate: '',
    undo: `
if [ -e "$try/made" ]; then
  home=$(getent passwd ${admin} | cut -d: -f6)
  n=0
  # A session that has just ended is still there for a moment.
  until userdel ${admin} || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.2; done
  # What somebody put there is not thrown away.
  if [ -d "$home" ]; then mv "$home" "$store/home-${admin}-$(date +%s)"; fi
elif getent passwd ${admin} >/dev/null; then restore_password ${admin}; fi`,
    prove: [{ expect: 'in', way, root: true }],
    next: way,
  }
}
