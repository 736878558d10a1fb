/** What each operation does. Callers are known here, and may what they ask for. */

import { knownHostsOf, sshConfigOf } from './client-files.ts'
import { type GatePlaces, managementKeysOf, sshdConfigOf } from './gate-files.ts'
import { closeGate, createGate, dropGate, type Gate, gateById, listGates, needGate } from './gates.ts'
import { addKey, type Changed, type GateKey, listKeys, removeKey } from './keys.ts'
import { newManagementKey } from './management-key.ts'
import type { AddressesOf } from './networks.ts'
import type { Given, Role, Words } from './operations.ts'
import { readPublicKey } from './public-key.ts'
import { currentFile, type Push, publish } from './publish.ts'
import { Refusal } from './refusal.ts'
import type { Store } from './store.ts'
import * as targets from './targets.ts'

/** What the answers work on. */
export interface Service {
  readonly store: Store
  readonly push: Push
  /** Seals the management keys in the records. */
  readonly seal: string
  readonly addressesOf: AddressesOf
  readonly places?: GatePlaces | undefined
}

/** A call that may be answered. */
export interface Call<W extends Words> {
  readonly project: string
  readonly caller: string
  readonly role: Role
  /** The parameters of the path. */
  readonly names: Readonly<Record<string, string>>
  readonly given: Given<W>
}

/** Text as it is, anything else as JSON; nothing where there is nothing to say. */
type Answer = string | object | undefined
export type Answers = { readonly [W in Words]: (call: Call<W>) => Promise<Answer> }

const shownGate = ({ name, host, port, user, hostKey, manageHost, managePort, targetPorts, ...gate }: Gate) => ({
  name,
  host,
  port,
  user,
  hostKey,
  manageHost,
  managePort,
  targetPorts,
  managementKey: gate.managementKey,
  upToDate: gate.published >= gate.revision,
  // It is being deleted, and is there until its file is empty.
  ...(gate.closing ? { closing: true } : {}),
})
const shownKey = ({ fingerprint, line, principals, owner }: GateKey) => ({ fingerprint, key: line, principals, owner })
const shownTarget = ({ name, user, key, machine, host, port, hostKey }: targets.Target) => {
  return { name, user, key, machine, host, port, hostKey }
}

export function answersOf({ store, push, seal, addressesOf, places }: Service): Answers {
  const show = (changed: Changed): Promise<void> => publish(store, push, changed)
  const gateOf = (call: { project: string; names: Readonly<Record<string, string>> }): Promise<Gate> =>
    needGate(store, call.project, call.names.gate ?? '')
  const targetOf = (call: { project: string; names: Readonly<Record<string, string>> }): Promise<targets.Target> =>
    targets.needTarget(store, call.project, call.names.target ?? '')

  /** Of a gate, as far as they are the caller's to see: their own, to an admin all. */
  const keysOf = async (gate: Gate, { caller, role }: { caller: string; role: Role }) =>
    (await listKeys(store, gate.id)).filter(({ owner }) => role === 'admin' || owner === caller).map(shownKey)

  return {
    'gate create': async ({ project, given }) => {
      const hostKey = readPublicKey(given.hostKey, 'hostKey')
      // A name that leads nowhere yet may be made first; where it leads is judged again with each connection.
      await addressesOf(given.manageHost ?? given.host).catch((error) => {
        if (error instanceof Refusal) throw error
      })
      const management = await newManagementKey(seal, `ssh-gate ${project} ${given.name}`)
      return shownGate(await createGate(store, project, given, hostKey, management))
    },
    'gate list': async ({ project }) => (await listGates(store, project)).map(shownGate),
    'gate show': async (call) => {
      const gate = await gateOf(call)
      const bound = await targets.targetsOf(store, gate.id)
      return {
        ...shownGate(gate),
        keys: await keysOf(gate, call),
        targets: bound.map(({ name }) => name),
      }
    },
    'gate delete': async ({ project, names, given }) => {
      const { id, revision } = await closeGate(store, project, names.gate ?? '')
      try {
        await show({ gate: id, revision })
      } catch (error) {
        // Whoever stood in its file could still get in: that nobody can reach it any more is the caller's word.
        if (!given.force) throw error
      }
      await dropGate(store, id)
      return undefined
    },
    'gate sshd-config': async (call) => sshdConfigOf(await gateOf(call), places),
    'gate management-key': async (call) => managementKeysOf(await gateOf(call)),
    'gate authorized-keys': async (call) => currentFile(store, await gateOf(call)),
    'gate publish': async (call) => {
      const { id } = await gateOf(call)
      // Sent even where nothing changed: the file may have been lost at the gate.
      await store.write((tx) => tx.run('UPDATE gates SET revision = revision + 1 WHERE id = ?', [id]))
      const gate = await gateById(store, id)
      if (gate) await show({ gate: id, revision: gate.revision })
      return { upToDate: true }
    },

    'gate key add': async ({ project, names, given, caller, role }) => {
      const { key: text, principals } = given
      const key = readPublicKey(text, 'key')
      if (principals && role !== 'admin') throw new Refusal('forbidden', 'authorities are for admins of the project')
      await show(await addKey(store, project, names.gate ?? '', { key, principals, owner: caller }))
      return shownKey({ ...key, principals, owner: caller })
    },
    'gate key list': async (call) => keysOf(await gateOf(call), call),
    'gate key remove': async ({ project, names, caller, role }) => {
      const owner = role === 'admin' ? undefined : caller
      await show(await removeKey(store, project, names.gate ?? '', names.fingerprint ?? '', owner))
      return undefined
    },

    'target create': async ({ project, given }) => {
      const key = readPublicKey(given.key, 'key')
      const hostKey = readPublicKey(given.hostKey, 'hostKey')
      return shownTarget(await targets.createTarget(store, project, given, key, hostKey))
    },
    'target list': async ({ project }) => (await targets.listTargets(store, project)).map(shownTarget),
    'target show': async (call) => {
      const target = await targetOf(call)
      return { ...shownTarget(target), gates: (await targets.gatesOf(store, target.id)).map(({ name }) => name) }
    },
    'target delete': async ({ project, names }) => {
      const changed = await targets.deleteTarget(store, project, names.target ?? '')
      // Each gate for itself: one that cannot be reached must not keep the others open.
      const failed = (await Promise.allSettled(changed.map(show))).find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') throw failed.reason
      return undefined
    },
    'target bind': async ({ project, names }) => {
      await show(await targets.bindTarget(store, project, names.target ?? '', names.gate ?? ''))
      return undefined
    },
    'target unbind': async ({ project, names }) => {
      await show(await targets.unbindTarget(store, project, names.target ?? '', names.gate ?? ''))
      return undefined
    },
    'target ssh-config': async (call) => {
      const target = await targetOf(call)
      return sshConfigOf(target, await targets.gateFor(store, target, call.given.gate), call.given)
    },
    'target known-hosts': async (call) => {
      const target = await targetOf(call)
      return knownHostsOf(target, await targets.gatesOf(store, target.id))
    },
    'target authorized-keys': async (call) => `restrict,pty ${(await targetOf(call)).key}\n`,
  }
}
