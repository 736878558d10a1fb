/** Signers that an authority is not to trust: certificates in place of keys, software security keys, liars. */

import { issueCertificate } from '../../src/cert/index.ts'
import { sha256 } from '../../src/crypto/index.ts'
import {
  allTypes,
  ed25519,
  generatePrivateKey,
  publicComponents,
  type Signer,
  skEd25519,
} from '../../src/keys/index.ts'
import { signatureOf } from '../../src/keys/signature.ts'
import { Reader, Writer } from '../../src/wire/index.ts'
import { NOW, subject, userAuthority } from './world.ts'

/** A security key in software, with those flags: 1 for touched. */
export async function securityKey(flags: number, application = 'ssh:'): Promise<Signer> {
  const key = await generatePrivateKey(ed25519)
  const point = publicComponents(key.publicKey, ed25519).public!
  const blob = new Writer().string(skEd25519.name).string(point).string(application).take()
  return {
    publicKey: { type: skEd25519.name, blob, comment: '' },
    algorithms: skEd25519.algorithms,
    async sign(data) {
      const told = new Writer().u8(flags).u32(7).take()
      const appHash = sha256.digest(new TextEncoder().encode(application))
      const message = new Writer().raw(appHash).raw(told).raw(sha256.digest(data)).take()
      const reader = new Reader((await key.sign(message)).blob)
      reader.string('algorithm')
      return signatureOf(skEd25519.name, new Writer().string(reader.string('signature')).raw(told).take())
    },
  }
}

/** The subject, which presents a certificate that the authority itself issued. */
export async function certifiedSubject(): Promise<Signer> {
  const certificate = await issueCertificate(
    {
      kind: 'user',
      publicKey: subject.publicKey,
      keyId: 'x',
      principals: ['deploy@web'],
      validAfter: NOW - 60,
      validBefore: NOW + 60,
    },
    userAuthority,
    { types: allTypes },
  )
  return {
    publicKey: subject.publicKey,
    algorithms: subject.algorithms,
    certificate,
    sign: (...a) => subject.sign(...a),
  }
}
