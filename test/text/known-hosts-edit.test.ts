import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashHost } from '../../src/text/host-match.ts'
import { findHost, parseKnownHosts } from '../../src/text/known-hosts.ts'
import { addHost, hashHosts, removeHost } from '../../src/text/known-hosts-edit.ts'
import { concat, octets, repeatable, utf8 } from '../support/bytes.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { vectorText } from '../support/vectors.ts'

const ed = publicKey('ed25519')
const key = vectorText('keys/ed25519.pub').split(' ').slice(0, 2).join(' ')
/** What an edit must leave alone: line ends, blanks, broken lines, octets outside UTF-8, NUL. */
const odd = octets(`# caf\xe9\r\n\r\n \t\nbroken\n@x y ${key}\nother ${key}\0rest\r\n\xff\xfe ${key} \xff`)

describe('edits of known_hosts', () => {
  it('adds a line, behind a line feed where one is missing', () => {
    const added = `new.example.com ${key}\n`
    assert.equal(addHost('', 'New.Example.COM', ed), added)
    assert.equal(addHost(`a ${key}`, 'new.example.com', ed), `a ${key}\n${added}`)
    assert.equal(addHost(`a ${key}\r\n`, 'new.example.com', ed), `a ${key}\r\n${added}`)
    assert.deepEqual(addHost(odd, 'new.example.com', ed), concat(odd, utf8(`\n${added}`)))
    assert.equal(addHost('', '[h]:2222', ed, { comment: 'c' }), `[h]:2222 ${key} c\n`)
    assert.equal(addHost('', '2001:DB8::1', ed), `2001:db8::1 ${key}\n`)
    assert.equal(
      addHost('', '*.example.com,!a', ed, { marker: 'cert-authority' }),
      `@cert-authority *.example.com,!a ${key}\n`,
    )
  })

  it('adds a hashed name', () => {
    const file = addHost('', 'Gate.example.com', ed, { hashed: true, random: repeatable(1) })
    assert.equal(file, `${hashHost('gate.example.com', repeatable(1))} ${key}\n`)
    assert.equal(findHost(file, 'gate.example.com').length, 1)
    assert.notEqual(addHost('', 'a', ed, { hashed: true }), addHost('', 'a', ed, { hashed: true }))
  })

  it('adds no names that say more than one host, and no certificates', () => {
    for (const host of [
      '',
      '*',
      'a,b',
      'a b',
      '!a',
      '#a',
      '@a',
      '|1|a',
      'a\nb',
      '[a]',
      '[a]:',
      '[*]:22',
      'a?',
      'a\\b',
    ]) {
      assert.throws(() => addHost('', host, ed), { code: 'bad-value' }, host)
      assert.throws(() => addHost('', host, ed, { hashed: true }), { code: 'bad-value' }, host)
    }
    for (const host of ['', 'a b', '#a', 'a\nb']) {
      assert.throws(() => addHost('', host, ed, { marker: 'revoked' }), { code: 'bad-value' }, host)
    }
    const certificate = { blob: blobOf('ssh-ed25519-cert-v01@openssh.com') }
    assert.throws(() => addHost('', 'a', certificate), { code: 'is-certificate' })
  })

  it('removes the lines of a host with all their names, and no line with a marker', () => {
    const kept = `@revoked a ${key}\n@cert-authority a ${key}\nb ${key}\na\n`
    assert.equal(removeHost(`a,c ${key}\n${kept}? ${key}\nA ${key}\na ssh-rsa broken`, 'a'), `${kept}`)
    const own = utf8(`a ${key}\r\n`)
    assert.deepEqual(removeHost(concat(own, odd), 'a'), odd)
    assert.deepEqual(removeHost(odd, 'a'), odd)
    assert.deepEqual(
      removeHost(odd, 'other'),
      concat(odd.subarray(0, odd.indexOf(111, 20)), odd.subarray(odd.indexOf(255))),
    )
  })

  it('hashes each name to a line, in lower case', () => {
    const random = repeatable(7)
    const file = hashHosts(`A.example.com,[B]:22,,192.0.2.1 \t${key} c c\n`, { random })
    const again = repeatable(7)
    const expected = ['a.example.com', '[b]:22', '192.0.2.1'].map((name) => `${hashHost(name, again)} ${key} c c\n`)
    assert.equal(file, expected.join(''))
  })

  it('hashes nothing but plain names with a key', () => {
    const kept = [
      '# comment\r\n',
      `*.a ${key}\n`,
      `a,!b ${key}\n`,
      `a? ${key}\n`,
      `@revoked a ${key}\n`,
      `${hashHost('a', repeatable(1))} ${key}\n`,
      'broken\n',
      `, ${key}`,
    ].join('')
    assert.equal(hashHosts(kept), kept)
    const random = repeatable(3)
    assert.deepEqual(
      hashHosts(concat(utf8(`x,y ${key} \r\n`), utf8(kept)), { random }),
      concat(
        utf8(`${hashHost('x', repeatable(3))} ${key} \r\n`),
        hashHosts(utf8(`y ${key} \r\n${kept}`), { random: skipped(repeatable(3), 20) }),
      ),
    )
    const last = hashHosts(`x,y ${key}`, { random: repeatable(3) })
    assert.match(last, /^\|1\|\S+ \S+ \S+\n\|1\|\S+ \S+ \S+$/)
    assert.equal(parseKnownHosts(last).entries.length, 2)
  })
})

function skipped(random: (length: number) => Uint8Array, length: number): (length: number) => Uint8Array {
  random(length)
  return random
}

describe('hashing', () => {
  it('makes no more than textFileLength of names that each repeat the rest of their line', () => {
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}`).join()
    const long = `${names} ${key} ${'x'.repeat(100_000)}\n`
    assert.throws(() => hashHosts(long), { name: 'LimitError', code: 'limit' })
    assert.throws(() => hashHosts(utf8(long)), { code: 'limit' })
    const short = `a,b ${key}\n# c\n`
    const { length } = hashHosts(short)
    assert.equal(hashHosts(short, { limits: { textFileLength: length } }).length, length)
    assert.throws(() => hashHosts(short, { limits: { textFileLength: length - 1 } }), { code: 'limit' })
  })
})
