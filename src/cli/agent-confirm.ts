/** Asking a person whether a key may be used (ssh-agent.c `confirm_key`, readpass.c `ask_permission`). */

import { spawn } from 'node:child_process'
import type { KeyUse, SigningPurpose } from '../agent/index.ts'
import { blobType } from '../wire/public-line.ts'
import { decodeText } from '../wire/text.ts'
import { blobFingerprint } from './describe-files.ts'
import { shown } from './output.ts'
import { openTerminal } from './passphrase.ts'

/** Octets of an answer that are looked at. */
const ANSWER = 1024

function purposeInWords(purpose: SigningPurpose): string {
  if (purpose.kind === 'login') return `a login as ${shown(purpose.user)}`
  return purpose.kind === 'sshsig' ? `a signature for "${shown(purpose.namespace)}"` : 'something unknown'
}

/** What is asked. */
function question({ key, comment, purpose }: KeyUse): string {
  const sha256 = blobFingerprint({ type: blobType(key), blob: key }) ?? blobType(key)
  return `Allow use of key ${shown(comment ?? '')}?\nKey fingerprint ${sha256}.\nIt is for ${purposeInWords(purpose)}.`
}

/** Runs the program of SSH_ASKPASS: it says yes by ending well, and saying nothing or "yes". */
function askProgram(program: string, prompt: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const env = { ...process.env, SSH_ASKPASS_PROMPT: 'confirm' }
    const child = spawn(program, [prompt], { env, stdio: ['ignore', 'pipe', 'inherit'], signal })
    let answer = ''
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      if (answer.length < ANSWER) answer += text
    })
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0 && /^(yes)?([\r\n]|$)/i.test(answer)))
  })
}

async function askTerminal(prompt: string, signal: AbortSignal): Promise<boolean> {
  const terminal = openTerminal()
  if (!terminal) return false
  const close = (): void => terminal.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    const answer = await terminal.ask(`${prompt}\nyes or no: `)
    return answer !== undefined && decodeText(answer).toLowerCase() === 'yes'
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}

/**
 * Asks through SSH_ASKPASS, or at the terminal where that is not set or SSH_ASKPASS_REQUIRE is `never`; one question
 * after the other, none after `signal`. Where nobody can be asked, and without an answer, it is no.
 */
export function createConfirm(signal: AbortSignal): (use: KeyUse) => Promise<boolean> {
  const { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: require } = process.env
  let last: Promise<boolean> = Promise.resolve(false)
  return (use) => {
    last = last.then(async () => {
      if (signal.aborted) return false
      const prompt = question(use)
      return program && require !== 'never' ? askProgram(program, prompt, signal) : askTerminal(prompt, signal)
    })
    return last
  }
}
