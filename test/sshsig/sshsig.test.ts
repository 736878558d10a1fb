import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FormatError, SshError, VerificationError } from '../../src/errors.ts'
import { allTypes, type Signer } from '../../src/keys/index.ts'
import {
  checkMessageSignature,
  decodeSshsig,
  encodeSshsig,
  formatSshsig,
  parseSshsig,
  signMessage,
} from '../../src/sshsig/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { flipped, utf8 } from '../support/bytes.ts'
import { blobOf, failure, privateKey } from '../support/keys.ts'

const types = allTypes
const message = utf8('a message\n')
const key: Signer = await privateKey('ed25519')
const armored = await signMessage(message, key, { namespace: 'file' })
const sig = parseSshsig(armored, { types })
const codeOf = async (work: () => unknown): Promise<string> => {
  const error = await failure(work)
  assert.ok(error instanceof SshError, String(error))
  return error.code
}

/** A blob by hand. */
function handmade(change: { version?: number; namespace?: string; reserved?: string; hash?: string; end?: string }) {
  const { version = 1, namespace = 'file', reserved = '', hash = 'sha512', end = '' } = change
  return new Writer()
    .raw(utf8('SSHSIG'))
    .u32(version)
    .string(sig.publicKey.blob)
    .string(namespace)
    .string(reserved)
    .string(hash)
    .string(sig.signature.blob)
    .raw(utf8(end))
    .take()
}

describe('the blob of an SSHSIG', () => {
  it('is read into its fields and written again', () => {
    assert.deepEqual(sig.publicKey.blob, key.publicKey.blob)
    assert.equal(sig.certificate, undefined)
    assert.equal(sig.namespace, 'file')
    assert.equal(sig.hash, 'sha512')
    assert.equal(sig.signature.algorithm, 'ssh-ed25519')
    assert.deepEqual(encodeSshsig(sig), sig.blob)
    assert.deepEqual(handmade({}), sig.blob)
    assert.equal(formatSshsig(sig), armored)
  })

  it('is copied, not kept', () => {
    const bytes = sig.blob.slice()
    const read = decodeSshsig(bytes, { types })
    bytes.fill(0)
    assert.deepEqual(read, sig)
  })

  it('may have something in its reserved field, which is not signed', async () => {
    const read = decodeSshsig(handmade({ reserved: 'x' }), { types })
    await checkMessageSignature(message, read, { namespace: 'file', types })
    assert.notDeepEqual(read.blob, sig.blob)
  })

  it('is refused with another version, another hash, no namespace, or more behind its end', async () => {
    const code = (change: Parameters<typeof handmade>[0]) => codeOf(() => decodeSshsig(handmade(change), { types }))
    assert.equal(await code({ version: 0 }), 'unsupported-format')
    assert.equal(await code({ version: 2 }), 'unsupported-format')
    assert.equal(await code({ hash: 'sha1' }), 'unsupported-algorithm')
    assert.equal(await code({ hash: 'sha384' }), 'unsupported-algorithm')
    assert.equal(await code({ hash: 'SHA512' }), 'unsupported-algorithm')
    assert.equal(await code({ hash: '' }), 'bad-value')
    assert.equal(await code({ namespace: '' }), 'bad-value')
    assert.equal(await code({ namespace: 'file\0' }), 'bad-value')
    assert.equal(await code({ end: 'x' }), 'trailing-bytes')
  })

  it('is refused where it is cut off, at each octet', () => {
    for (let length = 0; length < sig.blob.length; length++) {
      assert.throws(() => decodeSshsig(sig.blob.slice(0, length), { types }), FormatError, `${length}`)
    }
  })

  it('is refused with a length that is absurd', () => {
    for (let at = 0; at + 4 <= sig.blob.length; at++) {
      const bytes = sig.blob.slice()
      bytes.set([0xff, 0xff, 0xff, 0xff], at)
      try {
        decodeSshsig(bytes, { types })
      } catch (error) {
        assert.ok(error instanceof SshError, `${at}: ${error}`)
      }
    }
    assert.throws(() => decodeSshsig(sig.blob, { types, limits: { inputLength: 10 } }), { code: 'limit' })
  })

  it('holds for no other message, namespace or bit of its own', async () => {
    for (let bit = 0; bit < sig.blob.length * 8; bit++) {
      const error = await failure(() =>
        checkMessageSignature(message, { ...sig, blob: flipped(sig.blob, bit) }, { namespace: 'file', types }),
      )
      assert.ok(error instanceof SshError, `bit ${bit}: ${error}`)
    }
    for (let bit = 0; bit < message.length * 8; bit++) {
      await assert.rejects(checkMessageSignature(flipped(message, bit), armored, { namespace: 'file', types }), {
        name: 'VerificationError',
        code: 'bad-signature',
      })
    }
    await assert.rejects(checkMessageSignature(message, armored, { namespace: 'git', types }), { code: 'namespace' })
  })

  it('is carried where its type is not known, and verified by nobody', async () => {
    const blob = new Writer()
      .raw(utf8('SSHSIG'))
      .u32(1)
      .string(blobOf('new-type', 'x'))
      .string('file')
      .string('')
      .string('sha256')
      .string(blobOf('new-type', 'y'))
      .take()
    assert.equal(decodeSshsig(blob, { types }).publicKey.type, 'new-type')
    const read = formatSshsig({ blob })
    assert.equal(
      await codeOf(() => checkMessageSignature(message, read, { namespace: 'file', types })),
      'unsupported-type',
    )
  })
})

describe('the armor of an SSHSIG', () => {
  const parse = (text: string) => parseSshsig(text, { types })

  it('may have CRLF, one long line, no last line feed, and text behind it', () => {
    const [begin, ...rest] = armored.trimEnd().split('\n')
    const end = rest.pop()
    for (const text of [
      armored.replaceAll('\n', '\r\n'),
      `${begin}\n${rest.join('')}\n${end}\n`,
      armored.trimEnd(),
      `${armored}more\n`,
    ]) {
      assert.deepEqual(parse(text), sig)
      assert.deepEqual(parseSshsig(utf8(text), { types }), sig)
    }
  })

  it('must begin with its header and have its footer at the start of a line', () => {
    for (const text of [
      '',
      ` ${armored}`,
      `\n${armored}`,
      `\ufeff${armored}`,
      `text\n${armored}`,
      armored.replace('-----\n', '----- \n'),
      armored.replace('-----\n', '-----'),
      armored.replace('\n-----END', '\n -----END'),
      armored.replace('\n-----END', '-----END'),
      armored.replace('-----END SSH SIGNATURE-----\n', ''),
      armored.replaceAll('SSH SIGNATURE', 'PGP SIGNATURE'),
      armored.replace('END SSH', 'END PGP'),
      '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n',
      '-----BEGIN SSH SIGNATURE-----',
      '-----BEGIN SSH SIGNATURE-----\n',
    ]) {
      assert.throws(() => parse(text), FormatError, JSON.stringify(text))
    }
  })

  it('is refused where it is cut off, and read with nothing but coded errors where an octet differs', async () => {
    for (let length = 0; length < armored.trimEnd().length; length++) {
      assert.throws(() => parse(armored.slice(0, length)), FormatError, `${length}`)
    }
    const bytes = utf8(armored)
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      try {
        parseSshsig(flipped(bytes, bit), { types })
      } catch (error) {
        assert.ok(error instanceof SshError, `bit ${bit}: ${error}`)
      }
    }
  })

  it('takes text or bytes and nothing else', () => {
    assert.throws(() => parseSshsig(null as unknown as string, { types }), TypeError)
    assert.throws(() => parseSshsig('x'.repeat(2 ** 20 + 1), { types }), { code: 'limit' })
  })
})

describe('a VerificationError', () => {
  it('shows foreign text escaped', async () => {
    const odd = await signMessage(message, key, { namespace: 'a\u001b[1mb' })
    const error = await failure(() => checkMessageSignature(message, odd, { namespace: 'file', types }))
    assert.ok(error instanceof VerificationError)
    assert.ok(!error.message.includes('\u001b'), JSON.stringify(error.message))
  })
})
