/** The lock of an agent (RFC 9987 section 5.7; ssh-agent.c `process_lock_agent`). */

import { bcryptPbkdf } from '../crypto/bcrypt-pbkdf.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { draw, type Random } from '../crypto/random.ts'
import { refused } from './refused.ts'

/** What a lock needs. */
export interface LockOptions {
  /** Waits so many milliseconds: after a wrong passphrase 100, 200 and so on, at most 10,000. */
  readonly delay?: ((ms: number) => Promise<void>) | undefined
  readonly random?: Random | undefined
}

/** A lock. What is thrown is `AgentError` `agent-refused`. */
export interface Lock {
  readonly locked: boolean
  /** Of an open one. */
  lock(passphrase: Uint8Array): Promise<void>
  unlock(passphrase: Uint8Array): Promise<void>
}

declare const setTimeout: (callback: () => void, ms: number) => unknown

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** An open lock. Of the passphrase it keeps a salted hash, by OpenSSH's figures: bcrypt_pbkdf, 1 round, 32 octets. */
export function createLock(options: LockOptions): Lock {
  const delay = options.delay ?? sleep
  let state: { readonly salt: Uint8Array; readonly hash: Promise<Uint8Array> } | undefined
  let failures = 0
  let attempts: Promise<unknown> = Promise.resolve()

  function hashOf(passphrase: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
    return bcryptPbkdf(passphrase, salt, 32, 1)
  }

  async function attempt(passphrase: Uint8Array): Promise<void> {
    if (!state) throw refused('not locked')
    const [expected, hash] = [await state.hash, await hashOf(passphrase, state.salt)]
    const right = equalBytes(expected, hash)
    hash.fill(0)
    if (right) {
      expected.fill(0)
      state = undefined
      failures = 0
      return
    }
    failures = Math.min(failures + 1, 100)
    await delay(100 * failures)
    throw refused('wrong passphrase')
  }

  return {
    get locked() {
      return state !== undefined
    },
    async lock(passphrase) {
      if (!passphrase.length) throw refused('an empty passphrase')
      const salt = draw(options.random, 16)
      // Locked from here on, before anything is waited for.
      state = { salt, hash: hashOf(passphrase, salt) }
      await state.hash
    },
    unlock(passphrase) {
      if (!passphrase.length || !state) return Promise.reject(refused(state ? 'an empty passphrase' : 'not locked'))
      // One after the other, each with its delay: many connections guess no faster than one.
      const mine = attempts.then(() => attempt(passphrase))
      attempts = mine.catch(() => {})
      return mine
    },
  }
}
