/** Public keys: read, written, fingerprinted, drawn; keys of the project's own set, then of the corpus. */

import { hex, octets, toHex } from '../../support/bytes.ts'
import type { KeyVector } from '../../support/vectors.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, isKnown, known, type SharedEntry, sharedEntries } from '../support.ts'

interface TypeVector {
  readonly name: string
  readonly type: string
  readonly sha256: string
  readonly comment: string
}

/** Lines where the verdict here is not the corpus's, as its README says. */
const differences: Readonly<Record<string, boolean>> = { 'signature algorithm as type': false, BOM: true }

export function keyCases(given: Given, add: Add): void {
  const { root, keys, wire, formats, fingerprint: prints, crypto } = given.library
  const { parsePublicKey, formatPublicKey, fingerprint, randomart, matchFingerprint, identify } = root
  const types = keys.allTypes

  for (const entry of given.json<{ keys: readonly KeyVector[] }>('own/manifest.json').keys) {
    add.plain(`${entry.name}.pub is what ssh-keygen says of it`, async () => {
      const input = given.file(`own/keys/${entry.name}.pub`)
      const key = parsePublicKey(input)
      assert.equal(key.type, entry.type)
      assert.equal(key.comment, wire.decodeText(hex(entry.commentHex)))
      for (const [hash, shown] of Object.entries(entry.fingerprints)) {
        assert.equal(fingerprint(key, { hash: hash as 'md5' }), shown)
        assert.equal((await matchFingerprint(key, shown))?.form, `openssh-${hash}`)
      }
      assert.equal(randomart(key), entry.randomart.join('\n'))
      assert.equal(randomart(key, { hash: 'md5' }), entry.randomartMd5.join('\n'))
      // Text of this library holds octets outside of UTF-8 as lone surrogates, which encodeText takes back.
      // ssh-keygen writes a blank where there is no comment.
      const written = key.comment ? formatPublicKey(key) : formatPublicKey(key).replace('\n', ' \n')
      assert.equal(toHex(wire.encodeText(written)), toHex(input))
      assert.equal(identify(input).artifact, 'public-key')
      const type = keys.needType(types, key.type)
      assert.equal(type.bits(keys.publicComponents(key, type)), entry.bits)
      assert.equal(type.title, entry.title)
    })
  }

  for (const entry of given.json<readonly TypeVector[]>('own/types/manifest.json')) {
    add.plain(`${entry.name}.pub of other types is what ssh-keygen says of it`, () => {
      const key = parsePublicKey(given.file(`own/types/${entry.name}.pub`))
      assert.deepEqual([key.type, key.comment, fingerprint(key)], [entry.type, entry.comment, entry.sha256])
      assert.equal(formatPublicKey(key), given.text(`own/types/${entry.name}.pub`))
    })
  }

  add.plain('a type that nobody has heard of is carried and fingerprinted', () => {
    // string "x-unheard-of@example.com", string 01 02 03
    const line = 'x-unheard-of@example.com AAAAGHgtdW5oZWFyZC1vZkBleGFtcGxlLmNvbQAAAAMBAgM= comment'
    const key = parsePublicKey(line)
    assert.deepEqual([key.type, key.comment], ['x-unheard-of@example.com', 'comment'])
    // openssl dgst -sha256 of the blob
    assert.equal(fingerprint(key), 'SHA256:WhbyrQgEDDJHodwRf1RQhhY9GK5xEA1p2GkXb0zqT/0')
    assert.equal(formatPublicKey(key), `${line}\n`)
  })

  add.plain('every form of a displayed fingerprint is told apart', async () => {
    const key = parsePublicKey(given.text('own/keys/ed25519.pub'))
    const bubble = prints.bubblebabble(key, { hash: crypto.sha1 })
    assert.match(bubble, /^x[a-z]{4}(-[a-z]{5}){9}-[a-z]{4}x$/)
    assert.equal((await matchFingerprint(key, bubble))?.form, 'bubblebabble')
    assert.equal(await matchFingerprint(key, 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), undefined)
    assert.equal(toHex(prints.fingerprintBytes(key, crypto.sha256)), toHex(crypto.sha256.digest(key.blob)))
  })

  for (const [name, input, digests] of [
    ['nothing', '', ['d41d8cd98f00b204e9800998ecf8427e', 'da39a3ee5e6b4b0d3255bfef95601890afd80709']],
    ['abc', '616263', ['900150983cd24fb0d6963f7d28e17f72', 'a9993e364706816aba3e25717850c26c9cd0d89d']],
  ] as const) {
    add.plain(`MD5 and SHA-1 of ${name}, RFC 1321 and RFC 3174`, () => {
      assert.deepEqual([toHex(crypto.md5.digest(hex(input))), toHex(crypto.sha1.digest(hex(input)))], digests)
    })
  }

  add.plain('SHA-2 of abc, FIPS 180-4', () => {
    const abc = hex('616263')
    assert.equal(toHex(crypto.sha256.digest(abc)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    assert.equal(
      toHex(crypto.sha384.digest(abc)),
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    )
    assert.equal(
      toHex(crypto.sha512.digest(abc)),
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    )
  })

  add.plain('text that is no UTF-8 goes through unchanged, and foreign text is escaped', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0xed, 0xa0, 0x80, 0x0a, 0xf0, 0x9f, 0x94, 0x91)
    assert.equal(toHex(wire.encodeText(wire.decodeText(bytes))), toHex(bytes))
    assert.equal(wire.escapeText('a\u001b[31mb\u202ec'), 'a\\x1b[31mb\\u{202e}c')
    assert.throws(() => wire.decodeUtf8(bytes, 'text'), { code: 'bad-encoding' })
  })

  if (!given.shared) return

  for (const entry of sharedEntries(given, 'public-line', 'openssh-public')) {
    add.plain(entry.path, async () => {
      const input = given.file(`shared/made/${entry.path}`)
      if (!entry.expect.load) {
        assert.throws(() => parsePublicKey(input), isKnown(given))
        return
      }
      const key = parsePublicKey(input)
      assert.equal(key.type, entry.keyType)
      if (entry.expect.comment !== undefined) assert.equal(key.comment, entry.expect.comment)
      for (const [hash, shown] of Object.entries(entry.expect.fingerprints ?? {})) {
        assert.equal(fingerprint(key, { hash: hash as 'md5' }).replace(/^MD5:/, ''), shown.replace(/^MD5:/, ''))
        assert.equal((await matchFingerprint(key, shown))?.form, `openssh-${hash}`)
      }
      const { randomart: art, bubblebabble: bubble, sshfp } = entry.expect
      if (art && known(given).has(key.type)) {
        assert.equal(randomart(key), art.sha256.trimEnd())
        assert.equal(randomart(key, { hash: 'md5' }), art.md5.trimEnd())
      }
      if (bubble) assert.equal(prints.bubblebabble(key, { hash: crypto.sha1 }), bubble)
      if (sshfp === null) {
        const work = () => formats.formatSshfp(key, { host: 'host.example', types })
        assert.throws(work, { code: 'unsupported-type' })
      } else if (sshfp) {
        const lines = (generic: boolean) =>
          formats.formatSshfp(key, { host: 'host.example', types, generic }).trimEnd().split('\n')
        assert.deepEqual([lines(false), lines(true)], [sshfp.text, sshfp.generic])
        const records = formats.parseSshfp([...sshfp.text, ...sshfp.generic].join('\n'))
        assert.deepEqual(formats.matchSshfp(records, key, { types }), { matching: records, differing: [] })
      }
      assert.equal(toHex(parsePublicKey(formatPublicKey(key)).blob), toHex(key.blob))
    })
  }

  for (const { path, expect } of sharedEntries(given, 'public-lines', 'openssh-public')) {
    for (const [i, { lineBase64, loadPublic }] of (expect.lines as readonly Line[]).entries()) {
      add.plain(`${path}, line ${i + 1}`, async () => {
        const input = octets(atob(lineBase64))
        const text = wire.decodeText(input)
        const name = Object.keys(differences).find((end) => text.trimEnd().endsWith(` ${end}`))
        const code = await codeOf(given, () => parsePublicKey(input))
        assert.equal(code === undefined, name ? differences[name] : loadPublic.ok, `${code}`)
        if (code !== undefined || !loadPublic.ok) return
        const key = parsePublicKey(input)
        assert.deepEqual(
          [key.type, fingerprint(key), key.comment],
          [loadPublic.type, loadPublic.fp, loadPublic.comment ?? ''],
        )
      })
    }
  }

  for (const entry of sharedEntries(given, 'public-key')) {
    add.plain(`${entry.path} (${entry.format})`, async () => {
      const input = given.file(`shared/made/${entry.path}`)
      const code = await codeOf(given, () => parsePublicKey(input))
      checkLoad(entry, code)
      if (code !== undefined) return
      const key = parsePublicKey(input)
      if (entry.expect.fingerprint) assert.equal(fingerprint(key), entry.expect.fingerprint)
      if (entry.expect.comment !== undefined && entry.format === 'rfc4716') {
        assert.equal(key.comment, entry.expect.comment)
      }
    })
  }
}

interface Line {
  readonly lineBase64: string
  readonly loadPublic: { readonly ok: boolean; readonly type?: string; readonly fp?: string; readonly comment?: string }
}

function checkLoad({ expect }: SharedEntry, code: string | undefined): void {
  if (expect.load === true) assert.equal(code, undefined)
  if (expect.load === false) assert.notEqual(code, undefined, 'was to be refused')
}
