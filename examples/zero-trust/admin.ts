/** `node admin.ts FILE disable IDENTITY | enable IDENTITY | revoke SERIAL`: changes `blocked.json`, as a whole. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { SshError } from 'hawser/errors'
import { writeFileAtomic } from 'hawser/node'
import { Refusal, UsageError } from '../lab/refusal.ts'
import { SetupError } from '../lab/setup-error.ts'
import { type Blocked, formatBlocked, isSerial, readBlocked } from './blocked.ts'

const usage = 'usage: node admin.ts FILE disable IDENTITY | enable IDENTITY | revoke SERIAL'
/** Milliseconds that others are waited for. One that is at work needs a few. */
const WAIT = 5000

type Change = (blocked: Blocked) => Blocked

/** What the words mean. Throws `UsageError`. */
function changeOf(verb: string, what: string): Change {
  const others = ({ disabled }: Blocked): string[] => disabled.filter((id) => id !== what)
  if (verb === 'disable') return (blocked) => ({ ...blocked, disabled: [...others(blocked), what] })
  if (verb === 'enable') return (blocked) => ({ ...blocked, disabled: others(blocked) })
  if (verb !== 'revoke') throw new UsageError('disable, enable or revoke expected')
  if (!isSerial(what)) throw new UsageError('SERIAL: a whole number from 1 to 2^64 - 1 expected')
  return (blocked) => ({ ...blocked, serials: [...new Set([...blocked.serials, BigInt(what)])] })
}

/** Does what no two may do at once: the lock is a file beside the list. Throws `Refusal` `locked`, `SetupError`. */
async function locked(file: string, work: () => Promise<void>): Promise<void> {
  const lock = `${file}.lock`
  for (const end = Date.now() + WAIT; ; await delay(10 + Math.random() * 40)) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' })
      break
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST') throw new SetupError(`${lock}: ${code}`)
      if (Date.now() > end) {
        const advice = `if no other admin.ts is running any more, remove it: rm '${lock}'`
        throw new Refusal('locked', `${lock} is there since another admin.ts began, and nothing was changed; ${advice}`)
      }
    }
  }
  try {
    await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function readList(file: string): Blocked {
  try {
    return readBlocked(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new SetupError(`${file}: ${code ?? message}`)
  }
}

async function main([file, verb, what, ...more]: readonly string[]): Promise<void> {
  if (file === '--help') return console.log(usage)
  if (!file || !verb || !what || more.length > 0) throw new UsageError('FILE, disable|enable|revoke, and whom or what')
  const change = changeOf(verb, what)
  await locked(file, async () => {
    const text = formatBlocked(change(readList(file)))
    // What cannot be read again must not be there.
    readBlocked(text)
    await writeFileAtomic(file, text, { mode: 0o644, force: true })
  })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const expected = [UsageError, SetupError, Refusal, SshError].some((kind) => error instanceof kind)
  if (!(error instanceof Error && expected)) throw error
  console.error(`admin: ${error.message}${error instanceof UsageError ? `\n${usage}` : ''}`)
  process.exitCode = error instanceof Refusal ? 1 : 2
}
