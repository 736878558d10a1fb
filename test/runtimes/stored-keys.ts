/** Pairs of CryptoKeys that cannot be exported, in an IndexedDB, where they outlive the page. */

/** Algorithm of WebCrypto, and what its key is called in SSH. */
export const algorithms: Readonly<Record<string, { readonly algorithm: object; readonly type: string }>> = {
  Ed25519: { algorithm: { name: 'Ed25519' }, type: 'ssh-ed25519' },
  'P-256': { algorithm: { name: 'ECDSA', namedCurve: 'P-256' }, type: 'ecdsa-sha2-nistp256' },
  'P-384': { algorithm: { name: 'ECDSA', namedCurve: 'P-384' }, type: 'ecdsa-sha2-nistp384' },
  'P-521': { algorithm: { name: 'ECDSA', namedCurve: 'P-521' }, type: 'ecdsa-sha2-nistp521' },
  'RSA with SHA-512': { algorithm: rsa('SHA-512'), type: 'ssh-rsa' },
  'RSA with SHA-256': { algorithm: rsa('SHA-256'), type: 'ssh-rsa' },
}

function rsa(hash: string): object {
  return { name: 'RSASSA-PKCS1-v1_5', hash, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
}

/** A new pair whose private half cannot be exported. */
export async function generatePair(algorithm: object): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm as EcKeyGenParams, false, ['sign', 'verify'])) as CryptoKeyPair
}

/** A pair and the page that kept it. */
export interface Kept {
  readonly pair: CryptoKeyPair
  /** When that page began. */
  readonly page: number
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open('hawser-conformance', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('pairs')
  return (await done(opening)).transaction('pairs', mode).objectStore('pairs')
}

/** Makes a pair of each kind and keeps them. */
export async function keepPairs(): Promise<void> {
  const made: Record<string, Kept> = {}
  for (const [name, { algorithm }] of Object.entries(algorithms)) {
    made[name] = { pair: await generatePair(algorithm), page: performance.timeOrigin }
  }
  await done((await store('readwrite')).put(made, 'all'))
}

/** What an earlier page has kept. */
export async function readPairs(): Promise<Readonly<Record<string, Kept>>> {
  return (await done((await store('readonly')).get('all'))) ?? {}
}
