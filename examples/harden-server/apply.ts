/** A plan, done: each step only after the one before has been proved by a new login from here. */

import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from '../lab/refusal.ts'
import type { Found } from './look.ts'
import { isThere } from './plan.ts'
import { isAway, prove, proveAll } from './prove.ts'
import { applyScript, checkScript, confirmScript, forgetScript, rollBackScript, undoScript } from './scripts.ts'
import { type Connection, runScript } from './ssh.ts'
import type { Plan, Proof, Step, Way } from './step.ts'

type Say = (line: string) => void
const newToken = (): string => randomBytes(16).toString('hex')
const indented = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** Does the steps. Throws `Refusal` where one failed and was taken back. */
export async function applyPlan(connection: Connection, plan: Plan, found: Found, open: Way, say: Say): Promise<void> {
  let way = open
  for (const [i, step] of plan.steps.entries()) {
    say(`[${i + 1}/${plan.steps.length}] ${step.title}`)
    const tell: Say = (line) => say(`      ${line}`)
    // The firewall's two passes write the same files, so what was found before the first says nothing of the second.
    const there = step.files.every((file) => isThere(file, found))
    if (there && (await runScript(connection, way, checkScript(step))).code === 0) {
      tell('is so already')
      const failed = await proveAll(connection, step.prove, tell)
      if (failed !== undefined) throw new Refusal('not-proved', `${step.name}: ${failed.says}. Nothing was changed.`)
    } else {
      const token = newToken()
      const script = applyScript(step, connection.wishes, token)
      const end = 'It was taken back, and the way in of before is open.'
      await changed(connection, step, way, script, step.prove, confirmScript(step, token), step.next, end, tell)
    }
    way = step.next
  }
}

/** The order of going back: what may lock out goes while both ways are open, the admin goes last. */
const backwards = ['root', 'firewall', 'sshd', 'sudo', 'keys', 'admin']

/** Undoes all that earlier runs did. Throws `Refusal`. */
export async function undoAll(connection: Connection, steps: readonly Step[], open: Way, say: Say): Promise<void> {
  const { oldPort, login, admin } = connection.wishes
  const old: Way = { as: login === admin ? 'admin' : 'login', port: oldPort }
  const undone: string[] = []
  let way = open
  for (const [i, name] of backwards.entries()) {
    const step = steps.find((candidate) => candidate.store === name)
    if (step === undefined) continue
    say(`[${i + 1}/${backwards.length}] back: ${step.name}`)
    const tell: Say = (line) => say(`      ${line}`)
    const asked = await runScript(connection, way, `test -d /var/lib/harden-server/${step.store}/orig`)
    if (asked.code === 255) throw new Refusal('no-way', `${name}: no login as before`)
    if (asked.code !== 0) {
      tell('nothing was done')
      continue
    }
    // From sshd on, the way in of before must be open again; without it nothing goes further back.
    const then = name === 'root' || name === 'firewall' ? way : old
    const token = newToken()
    const script = undoScript(step, connection.wishes, token)
    const proofs: Proof[] = [{ expect: 'in', way: then, root: true }]
    const stays = name === 'admin' ? 'An account that apply made is gone all the same' : 'It stays as apply left it'
    const end = `${stays}, and the way in of before is open. Undone: ${undone.join(', ') || 'nothing'}.`
    await changed(connection, step, way, script, proofs, forgetScript(step, token), then, end, tell)
    undone.push(name)
    way = then
  }
}

/** Runs a script that changes something, and has it proved or taken back. Throws `Refusal`. */
async function changed(
  connection: Connection,
  step: Step,
  way: Way,
  script: string,
  proofs: readonly Proof[],
  confirm: string,
  then: Way,
  end: string,
  tell: Say,
): Promise<void> {
  const begun = performance.now()
  const { code, out, err } = await runScript(connection, way, script)
  for (const line of indented(out)) tell(line)
  let why = code === 0 ? undefined : indented(err).join('; ') || `exit code ${code}`
  if (why === undefined) why = (await proveAll(connection, proofs, tell))?.says
  if (why === undefined) {
    const confirmed = await runScript(connection, then, confirm)
    if (confirmed.code === 0) return
    why = confirmed.err.trim() || `exit code ${confirmed.code}`
  }
  tell(`FAILED: ${why}`)
  await takenBack(connection, step, way, begun, tell)
  throw new Refusal('not-proved', `${step.name}: ${why}. ${end}`)
}

/** Waits until the server is as it was before the step, and proves it by a login. Throws `Refusal`. */
async function takenBack(connection: Connection, step: Step, way: Way, begun: number, tell: Say): Promise<void> {
  let ended = await runScript(connection, way, rollBackScript(step))
  // An sshd that has just gone back starts anew.
  for (let attempt = 1; ended.code === 255 && isAway(ended.err) && attempt <= 3; attempt++) {
    await delay(300)
    ended = await runScript(connection, way, rollBackScript(step))
  }
  if (ended.code === 0) tell(ended.out.trim())
  else tell('nobody gets in to take it back: waiting for the server to do it')
  const proof: Proof = { expect: 'in', way, root: true }
  const last = begun + (connection.wishes.patience + 30) * 1000
  for (;;) {
    const { holds, says } = await prove(connection, proof)
    if (holds) return tell(`proved: ${says}`)
    if (performance.now() > last) {
      throw new Refusal('locked-out', `${step.name}: ${says}. The server's console is needed.`)
    }
    await delay(1000)
  }
}
