/** Keys in all containers. */
import { load } from '../library.mjs'
import { bytesOf, fill, key, limits, line, noise, numbered, refused, refusedLater, types, wire } from './inputs.mjs'

const formats = await load('formats/index.js')
const { ecdsaP256, generatePrivateKey } = await load('keys/index.js')
const { decodePpk, encodePpk } = await load('formats/ppk-file.js')
const { decodeSsh2Armor } = await load('formats/ssh2-armor.js')
const { derOutline, decodeDer, derContext, derInteger, derOctetString, derOid, derSequence, encodeDer } =
  await load('asn1/index.js')
const { fingerprint, matchFingerprint } = await load('index.js')
const { createSelfSignedCertificate } = await load('x509/index.js')
const { formatPlainOpenssh, opensshPrivate, opensshPublic, parsePrivateKey, parsePublicKey, parseSshfp } = formats

const publicOptions = { types, formats: [opensshPublic], limits }
const privateOptions = { types, formats: [opensshPrivate], limits }
const every = { types, formats: formats.allPublicFormats, limits }
const everyPrivate = { types, formats: formats.allPrivateFormats, limits }

const blobOf = (size) => new wire.Writer().string('test@example.com').string(noise(size)).take()
const ssh2 = (label, headers, body) =>
  bytesOf(
    `---- BEGIN ${label} ----\n${headers}${wire.encodeArmor('X', body, 70).split('\n').slice(1, -2).join('\n')}\n---- END ${label} ----\n`,
  )
const ppk = (size, comment = 'me') =>
  bytesOf(
    encodePpk(
      {
        version: 2,
        algorithm: 'test@example.com',
        encrypted: false,
        publicBlob: blobOf(size / 2),
        privateBlob: noise(size / 4),
        mac: noise(20),
      },
      comment,
    ),
  )
const plainPkcs8 = await formats.pkcs8.format(key, {})
const ecdsa = await generatePrivateKey(ecdsaP256)
const plainSec1 = await formats.sec1.format(ecdsa, {})
const pkcs8 = new Uint8Array(wire.decodeArmor(bytesOf(plainPkcs8)).body)
const certificate = await createSelfSignedCertificate({ key, subject: 'CN=vm1', days: 1 })

/** PKCS#8 with an attribute of that length behind the key, which RFC 5958 allows. */
function withAttribute(size) {
  const reader = decodeDer(pkcs8, 'key').sequence('key')
  const elements = ['version', 'algorithm', 'key'].map((what) => [reader.element(what)])
  const value = derSequence(derOid('1.2.3.4'), [Uint8Array.of(0x31, 0)], derOctetString([noise(size)]))
  return encodeDer(derSequence(...elements, derContext(0, value)))
}

export const groups = {
  'Public keys': {
    'public line, long comment': (size) => {
      const text = `${line} ${fill('me@home ', size)}`
      return () => parsePublicKey(text, publicOptions)
    },
    'public line, long blob': (size) => {
      const blob = new wire.Writer()
        .string('test@example.com')
        .string(noise(size * 0.75))
        .take()
      const text = wire.formatPublicLine(blob, '')
      return () => parsePublicKey(text, publicOptions)
    },
    'public line, comment lines in front': (size) => {
      const text = `${fill('# a line\n', size)}\n${line}`
      return () => parsePublicKey(text, publicOptions)
    },
    'public line, blank lines': (size) => {
      const text = `${fill('\n', size)}\n${line}`
      return () => parsePublicKey(text, publicOptions)
    },
    'public line, blanks only': (size) => {
      const text = fill(' \t', size)
      return refused(() => parsePublicKey(text, publicOptions))
    },
    'public line, one word': (size) => {
      const text = fill('a', size)
      return refused(() => parsePublicKey(text, publicOptions))
    },
    'RFC 4716, long body': (size) => {
      const bytes = ssh2('SSH2 PUBLIC KEY', 'Comment: "me"\n', blobOf(size * 0.74))
      return () => parsePublicKey(bytes, every)
    },
    'RFC 4716, headers': (size) => {
      const bytes = ssh2(
        'SSH2 PUBLIC KEY',
        numbered(() => 'x-name: value\n', size),
        key.publicKey.blob,
      )
      return () => parsePublicKey(bytes, every)
    },
    'RFC 4716, one header, continued': (size) => {
      const bytes = ssh2('SSH2 PUBLIC KEY', `x-name: a\\\n${fill('\\\n', size)}\n`, key.publicKey.blob)
      return () => decodeSsh2Armor(bytes)
    },
    'RFC 4716, text in front': (size) => {
      const text = new TextDecoder().decode(ssh2('SSH2 PUBLIC KEY', '', key.publicKey.blob))
      const bytes = bytesOf(`${fill('some text in front\n', size)}\n${text}`)
      return () => parsePublicKey(bytes, every)
    },
    'JWK, other members': (size) => {
      const { crv, kty, x } = JSON.parse(formats.jwkPublic.format(key.publicKey, { types }))
      const members = numbered((i) => `"member-${i}":"value",`, size)
      const text = `{${members}"kty":"${kty}","crv":"${crv}","x":"${x}"}`
      return () => parsePublicKey(text, every)
    },
    'SSHFP, records': (size) => {
      const text = fill(`host.example IN SSHFP 4 2 ${'ab'.repeat(32)}\n`, size).replace(/\n[^\n]*$/, '\n')
      return () => parseSshfp(text, { limits })
    },
    'SSHFP, blanks in one record': (size) => {
      const text = `host.example IN SSHFP 4 2${fill(' ', size)}${'ab'.repeat(32)}`
      return () => parseSshfp(text, { limits })
    },
    'SSHFP, blanks in one bad record': (size) => {
      const text = `host.example IN SSHFP 4 2${fill(' ', size)}x`
      return refused(() => parseSshfp(text, { limits }))
    },
    'SSHFP, blanks and digits in one bad record': (size) => {
      const text = `h${fill(' 1', size)}x`
      return refused(() => parseSshfp(text, { limits }))
    },
    'fingerprint of a long blob': (size) => {
      const blob = blobOf(size)
      const opaque = { type: 'test@example.com', blob, comment: '' }
      return () => fingerprint(opaque)
    },
    'a text that is no fingerprint': (size) => {
      const text = fill('ab:', size)
      return () => {
        try {
          return matchFingerprint(key.publicKey, text)
        } catch (error) {
          return error.code
        }
      }
    },
  },
  'Private keys': {
    'private key where a public line stands': (size) => {
      const text = `${fill('a b', size)} ${line}`
      return () => parsePrivateKey(text, privateOptions).catch((error) => error.code)
    },
    'private key, long comment': (size) => {
      const text = formatPlainOpenssh(key, { comment: fill('me@home ', size * 0.74) })
      return () => parsePrivateKey(text, privateOptions)
    },
    'PPK, long halves': (size) => {
      const bytes = ppk(size)
      return () => decodePpk(bytes, limits)
    },
    'PPK, long comment': (size) => {
      const bytes = ppk(1000, fill('me@home ', size))
      return () => decodePpk(bytes, limits)
    },
    'PPK, blank lines behind': (size) => {
      const bytes = bytesOf(new TextDecoder().decode(ppk(1000)) + fill('\n', size))
      return () => decodePpk(bytes, limits)
    },
    'ssh.com, long body': (size) => {
      const data = noise(size * 0.7)
      const tail = new wire.Writer().string('if-modn{sign{rsa-pkcs1-sha1}').string('none').string(data).take()
      const body = new wire.Writer()
        .u32(0x3f6ff9eb)
        .u32(tail.length + 8)
        .raw(tail)
        .take()
      const bytes = ssh2('SSH2 ENCRYPTED PRIVATE KEY', 'Comment: "me"\n', body)
      return refusedLater(() => parsePrivateKey(bytes, everyPrivate))
    },
    'PEM, headers': (size) => {
      const text = plainSec1.replace('\n', `\n${numbered(() => 'Name: value\n', size)}\n`)
      const bytes = bytesOf(text)
      return () => parsePrivateKey(bytes, everyPrivate).catch((error) => error.code)
    },
    'PKCS#8, long attribute': (size) => {
      const bytes = withAttribute(size)
      return () => parsePrivateKey(bytes, everyPrivate).catch((error) => error.code)
    },
    'PKCS#8 in a JSON string': (size) => {
      const text = `{"other":"${fill('text ', size)}","key":${JSON.stringify(plainPkcs8)}}`
      return () => parsePrivateKey(text, everyPrivate)
    },
    'DER, long elements': (size) => {
      const bytes = encodeDer(
        derSequence(...Array.from({ length: 64 }, () => derInteger(noise(size / 64).fill(1, 0, 1)))),
      )
      return () => decodeDer(bytes, 'test', limits)
    },
    'DER, elements up to their limit': (size) => {
      const bytes = encodeDer(derSequence([new Uint8Array(size).map((_, at) => (at % 2 ? 0 : 5))]))
      return refused(() => decodeDer(bytes, 'test', limits))
    },
    'DER, outline of what is none': (size) => {
      const bytes = new Uint8Array(size).fill(0x30)
      return () => derOutline(bytes)
    },
    'X.509, text in front': (size) => {
      const text = `${fill('some text in front\n', size)}\n${certificate.pem}`
      return () => parsePublicKey(text, every)
    },
    'X.509, long trailer': (size) => {
      const text = `${certificate.pem}${fill('some text behind\n', size)}\n`
      return () => parsePublicKey(text, every)
    },
  },
}
