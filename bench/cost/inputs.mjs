/**
 * What the inputs of all parsers are made of. A parser is `name: (size) => work`, where `work` reads an input of about
 * `size` octets; each file of cost/ gives groups of them, `{ title: { name: … } }`, a chart a group.
 */
import { load } from '../library.mjs'

export const wire = await load('wire/index.js')
const { allTypes, ed25519, generatePrivateKey } = await load('keys/index.js')

/** Above every size here: where limits end, there is nothing to measure. */
export const most = 1 << 26
export const limits = {
  stringLength: most,
  inputLength: most,
  principals: most,
  certificateOptions: most,
  krlEntries: most,
}
export const types = allTypes
export const key = await generatePrivateKey(ed25519)
export const line = wire.formatPublicLine(key.publicKey.blob, '')
export const bytesOf = (text) => new TextEncoder().encode(text)
/** Octets without a pattern, the same in each run. */
export const noise = (size) => Uint8Array.from({ length: size }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24)
export const fill = (text, size) => text.repeat(Math.ceil(size / text.length)).slice(0, size)
/** The same, of whole pieces, numbered. */
export const numbered = (piece, size) =>
  Array.from({ length: Math.ceil(size / piece(1e5).length) }, (_, i) => piece(i)).join('')
/** What refuses an input has read it too; only the time counts here. */
export const refused = (work) => () => {
  try {
    work()
  } catch (error) {
    if (typeof error.code !== 'string') throw error
    return error.code
  }
  throw new Error('an error expected')
}
/** The same of what gives a promise. */
export const refusedLater = (work) => async () => {
  const code = await work().then(
    () => undefined,
    (error) => error.code,
  )
  if (typeof code !== 'string') throw new Error('an error expected')
  return code
}

export function strings(text, size) {
  const writer = new wire.Writer()
  while (writer.length < size) writer.string(`${text}${writer.length}`)
  return writer.take()
}

/** known_hosts of that size, a line a host. */
export const knownHosts = (size, hosts = (i) => `host${i}.example.com`) =>
  numbered((i) => `${hosts(i)} ${line}\n`, size)
