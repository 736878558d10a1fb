import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FormatError } from '../../src/errors.ts'
import { allTypes } from '../../src/keys/index.ts'
import { type AllowedSigner, formatAllowedSigners, parseAllowedSigners } from '../../src/sshsig/index.ts'
import { encodeText } from '../../src/wire/text.ts'
import { utf8 } from '../support/bytes.ts'
import { publicKey } from '../support/keys.ts'
import { vector, vectorText } from '../support/vectors.ts'

const types = allTypes
const key = vectorText('keys/ed25519.pub').trim().split(' ').slice(0, 2).join(' ')
const plain = publicKey('ed25519')

/** The one entry of a text. */
function one(text: string | Uint8Array): AllowedSigner {
  const { entries, problems } = parseAllowedSigners(text, { types })
  assert.deepEqual(problems, [])
  assert.equal(entries.length, 1)
  return entries[0]!
}

/** The code of the one fault of a text, which has no entries. */
function fault(text: string): string {
  const { entries, problems } = parseAllowedSigners(text, { types })
  assert.deepEqual(entries, [], JSON.stringify(text))
  assert.equal(problems.length, 1, JSON.stringify(text))
  return problems[0]!.code
}

describe('a line of allowed signers', () => {
  it('is principals, options and a key with its comment', () => {
    const line = `alice,*@x cert-authority,namespaces="git,f*",valid-after="20200101Z",valid-before="203001010000Z" ${key} c d\n`
    assert.deepEqual(one(line), {
      line: 1,
      principals: 'alice,*@x',
      certAuthority: true,
      namespaces: 'git,f*',
      validAfter: 1577836800n,
      validBefore: 1893456000n,
      key: { type: 'ssh-ed25519', blob: plain.blob, comment: 'c d' },
    })
  })

  it('may have any white space in front and between, CRLF, quotes, and no line feed at its end', () => {
    for (const text of [
      `alice ${key}`,
      ` \t\ralice \t\r ${key}\n`,
      `alice\t${key.replace(' ', '\t ')}\r\n`,
      `"alice" ${key}\n`,
      `"alice"${key}\n`,
      `al"ice" ${key}\n`,
      `# comment\n\n \r\nalice ${key}\n`,
    ]) {
      const { line, ...entry } = one(text)
      assert.equal(entry.principals, 'alice', JSON.stringify(text))
      assert.deepEqual(entry.key.blob, plain.blob)
      assert.equal(line, text.startsWith('#') ? 4 : 1)
    }
    assert.equal(one(`"name with space,b" ${key}`).principals, 'name with space,b')
  })

  it('is told by options without regard to case, in any order, with nothing between commas', () => {
    const entry = one(`a ,,NameSpaces="a\\"b c",,CERT-AUTHORITY,cert-authority ${key}`)
    assert.equal(entry.namespaces, 'a"b c')
    assert.equal(entry.certAuthority, true)
    assert.equal(one(`a namespaces="" ${key}`).namespaces, '')
    assert.equal(one(`a namespaces="x AAAA" ${key}`).namespaces, 'x AAAA')
  })

  it('is none with options that are unknown, twice, not whole, or at odds', () => {
    for (const options of [
      'no-pty',
      'cert-authorityx',
      'cert-authority="x"',
      'namespaces',
      'namespaces=file',
      'namespaces="file"x',
      'namespaces="a",namespaces="a"',
      'valid-after="20200101Z",valid-after="20200101Z"',
      'valid-after="x"',
      'valid-after="19700101Z"',
      'valid-after=""',
      'valid-before="2020"',
      'valid-after="20200101Z",valid-before="20200101Z"',
      'valid-after="20200102Z",valid-before="20200101Z"',
      'cert-authority,',
      ',',
    ]) {
      assert.equal(fault(`a ${options} ${key}\n`), 'bad-value', options)
    }
  })

  it('is none without a key, or with one that is none', () => {
    for (const text of [
      'alice',
      'alice\n',
      'alice ssh-ed25519',
      '"alice',
      `al"ice ${key}`,
      'alice namespaces="x',
      `${key}`,
    ]) {
      assert.equal(fault(text), 'bad-value', JSON.stringify(text))
    }
    assert.equal(fault(`alice ssh-rsa ${key.split(' ')[1]}`), 'type-mismatch')
    assert.equal(fault(`alice ${key.slice(0, -4)}`), 'truncated')
    assert.equal(fault(`alice ${key}=`), 'bad-base64')
    assert.equal(fault('alice ssh-ed25519 AAAA'), 'bad-value')
  })

  it('ends at a NUL, as a string of C does', () => {
    assert.equal(fault(`alice\0 ${key}`), 'bad-value')
    assert.equal(one(`alice ${key}\0 comment\n`).key.comment, '')
  })

  it('is one of the certificate where that is its key', () => {
    const [type, base64] = vectorText('types/ed25519-sk-cert.pub').split(' ')
    const entry = one(`alice ${type} ${base64}`)
    assert.equal('authority' in entry.key && entry.key.type, type)
  })

  it('is carried with a key type that nobody has heard of', () => {
    const base64 = 'AAAACG5ldy10eXBlAAAAAXg='
    assert.equal(one(`alice new-type ${base64}`).key.type, 'new-type')
  })
})

describe('a file of allowed signers', () => {
  it('has its bad lines told apart, by their numbers', () => {
    const text = `# first\nalice ${key}\nbob\n\ncarol x ${key}\ndave ${key}\n`
    const { entries, problems } = parseAllowedSigners(utf8(text), { types })
    assert.deepEqual(
      entries.map((entry) => [entry.line, entry.principals]),
      [
        [2, 'alice'],
        [6, 'dave'],
      ],
    )
    assert.deepEqual(
      problems.map(({ line }) => line),
      [3, 5],
    )
    assert.deepEqual(parseAllowedSigners('', { types }), { entries: [], problems: [] })
  })

  it('keeps octets that are not UTF-8, and a byte order mark, which is part of a name', () => {
    assert.equal(one(encodeText(`\udcff\ufeffé ${key}`)).principals, '\udcff\ufeffé')
    assert.equal(one(`\ufeffalice ${key}`).principals, '\ufeffalice')
  })

  it('made by ssh-keygen is read whole', () => {
    const { entries, problems } = parseAllowedSigners(vector('sshsig/allowed_signers'), { types })
    assert.equal(problems.length, 0)
    assert.equal(entries.length, 6)
    assert.equal(entries[1]!.validAfter, 1577836800n)
  })

  it('gives nothing but entries and coded problems for lines cut off or changed anywhere', () => {
    const line = `"a b",!c namespaces="x\\"y",valid-before="20300101Z" ${key} comment\r\n`
    for (let at = 0; at <= line.length; at++) {
      for (const put of ['', '\0', '"', '\\', ',', ' ', '\n', '=']) {
        const { problems } = parseAllowedSigners(line.slice(0, at) + put + line.slice(at + 1), { types })
        for (const { code } of problems) assert.match(code, /^[a-z0-9-]+$/)
      }
      parseAllowedSigners(line.slice(0, at), { types })
    }
  })

  it('has its bad lines told up to 10,000, and its good ones all', () => {
    const { entries, problems } = parseAllowedSigners(`${'x\n'.repeat(10_001)}alice ${key}\n`, { types })
    assert.deepEqual([problems.length, problems.at(-1)?.line, entries[0]?.line], [10_000, 10_000, 10_002])
    assert.deepEqual(problems[0], { line: 1, code: 'bad-value', message: 'allowed_signers line 1: a key expected' })
  })

  it('is refused above the ceiling, and where it is neither text nor bytes', () => {
    assert.throws(() => parseAllowedSigners('x'.repeat(100), { types, limits: { textFileLength: 99 } }), {
      code: 'limit',
    })
    assert.throws(() => parseAllowedSigners(undefined as unknown as string, { types }), TypeError)
  })
})

describe('entries', () => {
  it('are written so that they are read back the same', () => {
    const entries: AllowedSigner[] = [
      { principals: 'alice', certAuthority: false, key: plain },
      { principals: 'name with space,!b', certAuthority: true, namespaces: 'a"b,c d\\x', key: plain },
      {
        principals: '#x',
        certAuthority: false,
        validAfter: 1n,
        validBefore: 253402300799n,
        key: publicKey('ecdsa256'),
      },
      { principals: 'é\udcff', certAuthority: false, namespaces: 'é', key: { ...plain, comment: '' } },
    ]
    const text = formatAllowedSigners(entries)
    const back = parseAllowedSigners(encodeText(text), { types })
    assert.deepEqual(back.problems, [])
    assert.deepEqual(
      back.entries,
      entries.map((entry, i) => ({
        namespaces: undefined,
        validAfter: undefined,
        validBefore: undefined,
        ...entry,
        line: i + 1,
      })),
    )
    assert.equal(formatAllowedSigners(back.entries), text)
    assert.equal(formatAllowedSigners([]), '')
  })

  it('are refused where a line cannot say them', () => {
    const base = { principals: 'alice', certAuthority: false, key: plain }
    for (const change of [
      { principals: '' },
      { principals: 'a"b' },
      { principals: `a ${key}\nb` },
      { principals: 'a\nb' },
      { principals: 'a\0b' },
      { namespaces: 'x\\' },
      { namespaces: 'x\ny' },
      { namespaces: `x" ${key}\nbob` },
      { validAfter: 0n },
      { validAfter: -1n },
      { validAfter: 5n, validBefore: 5n },
      { validBefore: 253402300800n },
      { validBefore: 2n ** 64n },
      { key: { ...plain, comment: `x\nbob ${key}` } },
    ]) {
      const entry = { ...base, ...change } as AllowedSigner
      assert.throws(() => formatAllowedSigners([entry]), FormatError, JSON.stringify(Object.keys(change)))
    }
  })
})
