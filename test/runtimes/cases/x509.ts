/** X.509: what openssl says of certificates and requests, and the same octets where openssl's are made anew. */
import { toHex } from '../../support/bytes.ts'
import type { X509Vector } from '../../support/x509.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { sameBytes } from '../support.ts'

/** DER of the part that is signed; what is behind it may be random. */
function signedPart(der: Uint8Array): Uint8Array {
  const start = der[1] === 0x82 ? 4 : der[1] === 0x81 ? 3 : 2
  const first = der[start + 1]!
  const length =
    first === 0x82 ? 4 + der[start + 2]! * 256 + der[start + 3]! : first === 0x81 ? 3 + der[start + 2]! : 2 + first
  return der.slice(start, start + length)
}

export function x509Cases(given: Given, add: Add): void {
  const { root, keys, formats, x509, wire } = given.library
  const types = keys.allTypes

  for (const { file, ...said } of given.json<readonly X509Vector[]>('own/x509/manifest.json')) {
    add.plain(`${file}: what openssl says`, () => {
      const facts = formats.readX509(given.file(`own/x509/${file}`), { types })
      assert.deepEqual(
        [facts.subject, facts.issuer, facts.serial, facts.thumbprint, facts.thumbprint256],
        [said.subject, said.issuer, said.serial, said.sha1, said.sha256],
      )
      const seconds = (text: string) => Date.parse(text.replace(/^(\w+) +(\d+) (\S+) (\d+) GMT$/, '$2 $1 $4 $3 GMT'))
      assert.deepEqual(
        [facts.notBefore.getTime(), facts.notAfter.getTime()],
        [seconds(said.notBefore), seconds(said.notAfter)],
      )
    })
  }

  for (const name of ['rsa', 'p256', 'p384', 'p521', 'ed25519']) {
    // ECDSA signatures are random; what is signed is not.
    const part = name.startsWith('p') ? signedPart : (der: Uint8Array) => der
    add.crypto(`${name}: the certificate and the request that openssl made`, async () => {
      const key = await root.parsePrivateKey(given.file(`own/x509/${name}.key`))
      const theirs = formats.readX509(given.file(`own/x509/${name}.crt`), { types })
      sameBytes(theirs.publicKey!.blob, key.publicKey.blob)
      const { subject, notBefore, notAfter } = theirs
      const made = await x509.createSelfSignedCertificate({
        key,
        subject,
        serial: BigInt(`0x${theirs.serial}`),
        notBefore,
        notAfter,
      })
      assert.equal(toHex(part(made.der)), toHex(part(theirs.der)))
      const request = await x509.createCertificateRequest({ key, subject: `CN=${name},O=Example` })
      const csr = wire.decodeArmor(given.file(`own/x509/${name}.csr`)).body
      assert.equal(toHex(part(request.der)), toHex(part(csr)))
      assert.equal(root.identify(made.pem).artifact, 'x509-certificate')
    })
  }
}
