/**
 * Entry for workerd and Cloudflare Workers. A worker does not see who connected; CLIENT_ADDRESS_HEADER names the header in
 * which the platform in front says it (`cf-connecting-ip`), which callers cannot set there.
 */

import { parsePublicKey } from 'hawser'
import type { Authority } from 'hawser/ca'
import { allTypes } from 'hawser/keys'
import { type CryptoKeySignerOptions, cryptoKeySigner } from 'hawser/signers'
import { makeAuthority, type Settings, type SignerName } from './authority.ts'
import { durableObjectStore, type ObjectNamespace } from './stores/durable-object.ts'

export { AuthorityStore } from './stores/durable-object.ts'

/** Variables and secrets, and two bindings. */
interface Bindings {
  readonly STORE: ObjectNamespace
  /** A namespace of Workers KV with `blocked.json` under that name; without it the variable BLOCKED is the text. */
  readonly DATA?: { get(key: string): Promise<string | null> }
}

/** Made with the first request of an instance, since settings come with requests. */
let making: Promise<Authority> | undefined

function make(bindings: Bindings & Settings): Promise<Authority> {
  const { STORE, DATA } = bindings
  const blocked = async (): Promise<string> => {
    const text = DATA ? await DATA.get('blocked.json') : bindings.BLOCKED
    // What is not there may have been lost.
    if (!text) throw new Error('blocked.json is not there')
    return text
  }
  // A binding may be the key itself, as a CryptoKey that gives out no octets; its public line stands in NAME_PUBLIC.
  const signer = (name: SignerName) => {
    const privateKey = (bindings as Readonly<Record<string, unknown>>)[name]
    if (typeof privateKey !== 'object' || privateKey === null) return undefined
    const publicKey = parsePublicKey(bindings[`${name}_PUBLIC`] ?? '')
    return cryptoKeySigner({
      privateKey: privateKey as CryptoKeySignerOptions['privateKey'],
      publicKey,
      types: allTypes,
    })
  }
  return makeAuthority(bindings, { blocked, signer, store: durableObjectStore(STORE) })
}

export default {
  async fetch(request: Request, bindings: Bindings & Settings): Promise<Response> {
    making ??= make(bindings)
    const { CLIENT_ADDRESS_HEADER: header } = bindings
    const remoteAddress = (header && request.headers.get(header)) || undefined
    try {
      const authority = await making
      return (await authority.fetch(request, { remoteAddress })) as Response
    } catch (error) {
      // The next request tries again: a service that holds a key may have been away.
      making = undefined
      console.error(JSON.stringify({ outcome: 'not started', message: String(error) }))
      return Response.json({ error: { code: 'unavailable', message: 'the authority does not start' } }, { status: 503 })
    }
  },
}
