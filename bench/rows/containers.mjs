/** Reading and writing private keys in PKCS#1, SEC 1, PKCS#8 and PPK; what proving a key costs stands apart. */
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { fromBER } from 'asn1js'
import forge from 'node-forge'
import ssh2 from 'ssh2'
import sshpk from 'sshpk'
import { load } from '../library.mjs'

export const about = { place: 3 }

/** Title, fixture, and the containers of each type: our name for one, node:crypto's type, sshpk's format. */
const kinds = [
  ['RSA-2048', 'rsa2048', ['pkcs1', 'pkcs8']],
  ['ECDSA P-256', 'ecdsa', ['sec1', 'pkcs8']],
  ['Ed25519', 'ed25519', ['pkcs8']],
]

const titles = { pkcs1: 'PKCS#1', sec1: 'SEC 1', pkcs8: 'PKCS#8' }

/** Reading from DER: bare asn1js makes an object of each element and asks nothing; node:crypto gives a key. */
const targets = { asn1js: 0.35, 'asn1js at its cheapest': 0.35, 'node:crypto': 1 }

const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0)

/**
 * The type without what no peer computes in JavaScript: whether the point lies on its curve, d mod p-1 and d mod q-1, and
 * the public half of an Ed25519 key whose file has none, which is any public key here. `prove` rows have the rest.
 */
const withoutArithmetic = (type, publicHalf) => ({
  ...type,
  ...(type.alias.startsWith('ecdsa') && { checkPublic() {} }),
  derive: undefined,
  ...(publicHalf && { derivePublic: () => publicHalf }),
})

export async function rows(fixtures) {
  const formats = await load('formats/index.js')
  const { Source } = await load('formats/source.js')
  const { allTypes } = await load('keys/index.js')
  const { parsePrivateKey } = await load('index.js')
  const out = []
  for (const [title, fixture, containers] of kinds) {
    const keys = await Promise.all(fixtures[fixture].map(({ file }) => parsePrivateKey(file)))
    const nodeKeys = await Promise.all(keys.map(async (key) => createPrivateKey(await formats.pkcs8.format(key, {}))))
    const pick = (list) => (i) => list[i % list.length]
    const known = fixture === 'ed25519' && { public: keys[0].exposeComponents().public }
    const types = allTypes.map((type) => withoutArithmetic(type, type.name === keys[0].type && known))
    const options = { types }
    for (const container of containers) {
      const format = formats[container]
      const what = `${titles[container]}, ${title}`
      const isRsa = fixture === 'rsa2048'
      // node:crypto writes what all read.
      const pems = nodeKeys.map((key) => key.export({ format: 'pem', type: container }))
      const ders = nodeKeys.map((key) => key.export({ format: 'der', type: container }))
      const plainDers = ders.map((der) => new Uint8Array(der))
      const binaries = ders.map((der) => der.toString('binary'))
      const files = pems.map((pem) => Buffer.from(pem))
      const sshpkFormat = container === 'sec1' ? 'pkcs1' : container
      const sshpkKeys = pems.map((pem) => sshpk.parsePrivateKey(pem, sshpkFormat))
      const forgeKeys = isRsa ? pems.map((pem) => forge.pki.privateKeyFromPem(pem)) : []
      const [file, der, binary] = [pick(files), pick(plainDers), pick(binaries)]
      const [nodeDer, nodeKey, sshpkKey, forgeKey] = [pick(ders), pick(nodeKeys), pick(sshpkKeys), pick(forgeKeys)]

      for (const [i, key] of keys.entries()) {
        for (const input of [files[i], plainDers[i]])
          same((await parsePrivateKey(input)).publicKey.blob, key.publicKey.blob)
        assert.equal(await format.format(key, {}), pems[i])
        same(sshpkKeys[i].toPublic().toBuffer('rfc4253'), key.publicKey.blob)
        assert.equal(fromBER(plainDers[i]).offset, plainDers[i].length)
      }
      out.push(
        {
          name: `read ${what}, DER, arithmetic apart`,
          ours: (i) => format.parse(new Source(der(i)), options),
          peers: {
            asn1js: (i) => fromBER(der(i)),
            'asn1js at its cheapest': (i) => fromBER(der(i), { copyInput: false, parseEmbedded: false }),
            'node:crypto': (i) => createPrivateKey({ key: nodeDer(i), format: 'der', type: container }),
            ...(isRsa && { 'node-forge': (i) => forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(binary(i))) }),
          },
          targets,
        },
        {
          name: `read ${what}, PEM, arithmetic apart`,
          ours: (i) => format.parse(new Source(file(i)), options),
          peers: {
            sshpk: (i) => sshpk.parsePrivateKey(file(i), sshpkFormat),
            // ssh2 reads no PKCS#8.
            ...(container !== 'pkcs8' && { ssh2: (i) => ssh2.utils.parseKey(file(i)) }),
            'node:crypto': (i) => createPrivateKey(file(i)),
            ...(isRsa && { 'node-forge': (i) => forge.pki.privateKeyFromPem(pems[i % pems.length]) }),
          },
          targets: { 'node:crypto': 1 },
        },
        {
          name: `read and prove ${what}, PEM`,
          ours: (i) => parsePrivateKey(file(i)),
          peers: { 'node:crypto': (i) => createPrivateKey(file(i)) },
        },
        {
          name: `write ${what}, PEM`,
          ours: (i) => format.format(keys[i % keys.length], {}),
          peers: {
            sshpk: (i) => sshpkKey(i).toString(sshpkFormat),
            'node:crypto': (i) => nodeKey(i).export({ format: 'pem', type: container }),
            ...(isRsa && { 'node-forge': (i) => forgePem(container, forgeKey(i)) }),
          },
        },
      )
    }
    out.push(...(await ppkRows(title, keys, formats, Source, { types })))
  }
  return out
}

function forgePem(container, key) {
  if (container === 'pkcs1') return forge.pki.privateKeyToPem(key)
  return forge.pki.privateKeyInfoToPem(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)))
}

/** Plain files of version 2: ssh2 reads RSA and DSA, sshpk all without a look at the MAC; no peer writes any. */
async function ppkRows(title, keys, { ppk2 }, Source, options) {
  const files = await Promise.all(keys.map(async (key) => Buffer.from(await ppk2.format(key, {}))))
  const file = (i) => files[i % files.length]
  const ssh2Reads = title.startsWith('RSA')
  for (const [i, { publicKey }] of keys.entries()) {
    same((await ppk2.parse(new Source(files[i]), options)).publicKey.blob, publicKey.blob)
    same(sshpk.parsePrivateKey(files[i], 'putty').toPublic().toBuffer('rfc4253'), publicKey.blob)
    if (ssh2Reads) same(ssh2.utils.parseKey(files[i]).getPublicSSH(), publicKey.blob)
  }
  return [
    {
      name: `read PPK 2, ${title}, arithmetic apart`,
      ours: (i) => ppk2.parse(new Source(file(i)), options),
      peers: {
        sshpk: (i) => sshpk.parsePrivateKey(file(i), 'putty'),
        ...(ssh2Reads && { ssh2: (i) => ssh2.utils.parseKey(file(i)) }),
      },
    },
    { name: `write PPK 2, ${title}`, ours: (i) => ppk2.format(keys[i % keys.length], {}), peers: {} },
  ]
}
