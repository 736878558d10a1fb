/** Reading a public key line, and its SHA256 fingerprint. */
import assert from 'node:assert/strict'
import { p256 } from '@noble/curves/nist.js'
import ssh2 from 'ssh2'
import sshpk from 'sshpk'
import { load } from '../library.mjs'

export const about = { place: 1, everywhere: true }

/** Name, fixtures, and the ratio to sshpk that is wanted. */
const kinds = [
  ['Ed25519', 'ed25519', 2],
  ['ECDSA P-256', 'ecdsa', 1],
  ['RSA-2048', 'rsa2048', 0.8],
]

export async function rows(fixtures) {
  const { parsePublicKey, fingerprint } = await load('index.js')
  const { allTypes, ecdsaP256, publicComponents } = await load('keys/index.js')
  // The fields are decoded and their lengths judged, as sshpk does; it never asks whether a point lies on its curve.
  const fieldsOnly = allTypes.map((type) => (type.alias.startsWith('ecdsa') ? { ...type, checkPublic() {} } : type))
  const depths = [
    ['opaque', { types: [] }],
    ['decoded', { types: fieldsOnly }],
  ]
  const out = []
  for (const [title, fixture, target] of kinds) {
    const lines = fixtures[fixture].map((f) => f.line)
    const pick = (i) => lines[i % lines.length]
    const sshpkPrint = (line) => sshpk.parseKey(line, 'ssh').fingerprint('sha256').toString()
    for (const line of lines) assert.equal(fingerprint(parsePublicKey(line)), sshpkPrint(line))
    for (const [depth, options] of depths) {
      const apart = fixture === 'ecdsa' && depth === 'decoded' ? ', point check apart' : ''
      out.push(
        {
          name: `read a public line, ${title}, ${depth}${apart}`,
          ours: (i) => parsePublicKey(pick(i), options),
          peers: {
            sshpk: (i) => sshpk.parseKey(pick(i), 'ssh'),
            ssh2: (i) => ssh2.utils.parseKey(pick(i)),
          },
          targets: { sshpk: target },
        },
        {
          name: `the same + SHA256 fingerprint, ${title}, ${depth}${apart}`,
          ours: (i) => fingerprint(parsePublicKey(pick(i), options)),
          peers: { sshpk: (i) => sshpkPrint(pick(i)) },
          targets: { sshpk: target },
        },
      )
    }
  }
  const lines = fixtures.ecdsa.map((f) => f.line)
  const components = lines.map((line) => publicComponents(parsePublicKey(line, { types: [] }), ecdsaP256))
  const limits = (await load('limits.js')).defaultLimits
  out.push({
    name: 'point on its curve, ECDSA P-256, alone',
    ours: (i) => ecdsaP256.checkPublic(components[i % components.length], limits),
    peers: { alone: (i) => p256.Point.fromBytes(components[i % components.length].point) },
  })
  return out
}
