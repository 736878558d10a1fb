/** Progress in words and as a fraction. */

import type { Progress } from './run.ts'

const works: Readonly<Record<Progress['work'], string>> = {
  argon2: 'Deriving the key from the passphrase (Argon2)',
  bcrypt: 'Deriving the key from the passphrase (bcrypt)',
  pbkdf2: 'Deriving the key from the passphrase (PBKDF2)',
  rsa: 'Looking for primes',
  scrypt: 'Deriving the key from the passphrase (scrypt)',
}

/** What is shown; without a fraction where nobody can know how much is left. */
export function progressText({ work, done, total }: Progress): { readonly text: string; readonly part?: number } {
  const text = works[work]
  if (total === undefined) return { text: `${text}, ${(done / 1000).toFixed(0)} s` }
  return { text: `${text}, ${Math.floor((100 * done) / total)} %`, part: done / total }
}

/** What is said aloud: the work when it begins, and then its halves. */
export function createTeller(say: (text: string) => void): (progress: Progress) => void {
  let last = ''
  return (progress) => {
    const { part = 0 } = progressText(progress)
    const next = `${works[progress.work]}${part >= 0.5 ? ', half done' : ''}`
    if (next !== last) say(next)
    last = next
  }
}
