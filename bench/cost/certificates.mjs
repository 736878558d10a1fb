/** Certificates, whose lists are read in full before anybody asks for a name. */
import { load } from '../library.mjs'
import { bytesOf, fill, key, limits, numbered, strings, types, wire } from './inputs.mjs'

const { checkCertificate, formatCertificate, issueCertificate, parseCertificate } = await load('cert/index.js')

const template = await issueCertificate(
  { kind: 'user', publicKey: key.publicKey, keyId: 'k', anyPrincipal: true, validAfter: 0n, validBefore: 1n },
  key,
  { types },
)

/** A certificate with other lists in place of the template's empty ones; that it is not signed does not matter here. */
function certificate({ principals = '', critical = '', extensions = '', keyId = 'k' }) {
  const list = (text) => (typeof text === 'string' ? bytesOf(text) : text)
  const { signature, authority, nonce, publicKey, type } = template
  const point = publicKey.blob.subarray(-32)
  const blob = new wire.Writer().string(type).string(nonce).string(point).u64(1n).u32(1).string(keyId)
  blob.string(list(principals)).u64(0n).u64(1n).string(list(critical)).string(list(extensions)).string('')
  return formatCertificate({ type, blob: blob.string(authority.blob).string(signature.blob).take(), comment: '' })
}

function options(size) {
  const writer = new wire.Writer()
  const value = new wire.Writer().string('value').take()
  while (writer.length < size) writer.string(`option-${writer.length}@example.com`).string(value)
  return writer.take()
}

const read = (text) => () => parseCertificate(text, { types, limits })

export const groups = {
  Certificates: {
    'certificate, principals': (size) => read(certificate({ principals: strings('user', size) })),
    'certificate, critical options': (size) => read(certificate({ critical: options(size) })),
    'certificate, extensions': (size) => read(certificate({ extensions: options(size) })),
    'certificate, key id': (size) => read(certificate({ keyId: fill('id ', size) })),
    'certificate, one list of addresses': (size) => {
      const value = new wire.Writer().string(numbered((i) => `10.${i % 200}.0.0/16,`, size).slice(0, -1)).take()
      return read(certificate({ critical: new wire.Writer().string('source-address').string(value).take() }))
    },
    'certificate, check up to the signature': (size) => {
      const parsed = parseCertificate(certificate({ principals: strings('user', size) }), { types, limits })
      const policy = { kind: 'user', authorities: [key.publicKey], time: 0, principal: 'nobody', types, limits }
      return () => checkCertificate(parsed, policy).catch((error) => error.code)
    },
  },
}
