import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SshError } from '../../src/errors.ts'
import { allTypes } from '../../src/keys/index.ts'
import { formatAllowedSigners, type GitPolicy, signGitObject, verifyGitObject } from '../../src/sshsig/index.ts'
import { flipped, octets, utf8 } from '../support/bytes.ts'
import { failure, privateKey } from '../support/keys.ts'
import { vector, vectorText } from '../support/vectors.ts'

const types = allTypes
const key = await privateKey('ed25519')
const made = { allowedSigners: vector('sshsig/allowed_signers'), identity: null, time: 'claimed', types } as const
const ours: GitPolicy = {
  allowedSigners: formatAllowedSigners([
    {
      principals: 'me@example.com,you@example.com',
      certAuthority: false,
      validAfter: 1000n,
      validBefore: 2000n,
      key: key.publicKey,
    },
  ]),
  identity: null,
  time: 'claimed',
  types,
}
const me = 'Me <me@example.com> 1500 +0100'
const id = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const commit = `tree ${id}\nauthor ${me}\ncommitter ${me}\nencoding latin1\n\nm\xe9ssage\n\nmore\n`
const tag = `object ${id}\ntype commit\ntag v1\ntagger ${me}\n\na tag\n`
const long = (text: string) => text.replace(id, `${id}${'0'.repeat(24)}`)
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)
const codeOf = async (object: Uint8Array, policy: GitPolicy): Promise<string> => {
  const error = await failure(() => verifyGitObject(object, policy))
  assert.ok(error instanceof SshError, String(error))
  return error.code
}

describe('objects signed by git', () => {
  for (const format of ['sha1', 'sha256']) {
    for (const kind of ['commit', 'merge', 'tag']) {
      it(`are verified: a ${kind} of ${format}`, async () => {
        const object = vector(`sshsig/git-${format}-${kind}`)
        const facts = await verifyGitObject(object, made)
        assert.deepEqual([facts.principal, facts.namespace, facts.line], ['alice@example.com', 'git', 4])
        assert.equal((await verifyGitObject(object, { ...made, identity: 'alice@example.com' })).line, 4)
        assert.equal(await codeOf(object, { ...made, identity: 'bob@example.com' }), 'principal')
        assert.equal(await codeOf(object, { ...made, time: 1000 }), 'unknown-signer')
        assert.equal(await codeOf(object, { ...made, time: 1000, identity: 'alice@example.com' }), 'not-yet-valid')
        assert.equal(await codeOf(object, { ...made, revocation: () => 'lost' }), 'revoked')
        assert.equal(await codeOf(object, { ...made, allowedSigners: '' }), 'unknown-signer')
      })
    }

    it(`are refused where they have no signature (${format})`, async () => {
      assert.equal(await codeOf(vector(`sshsig/git-${format}-unsigned`), made), 'unsigned')
    })
  }

  it('are refused with any bit flipped, cut off anywhere, or with more behind a tag', async () => {
    for (const kind of ['commit', 'tag']) {
      const object = vector(`sshsig/git-sha1-${kind}`)
      for (let bit = 0; bit < object.length * 8; bit += 5) await codeOf(flipped(object, bit), made)
      // The last line feed of a tag is that of the armor.
      for (let length = 0; length < object.length - 1; length += 3) await codeOf(object.slice(0, length), made)
    }
    const more = utf8(`${vectorText('sshsig/git-sha1-tag')}more\n`)
    assert.equal(await codeOf(more, made), 'bad-value')
  })
})

describe('signGitObject', () => {
  it('puts the signature of a commit into its last header, in the name of the ids', async () => {
    for (const [object, field] of [
      [commit, 'gpgsig'],
      [long(commit), 'gpgsig-sha256'],
    ] as const) {
      const signed = text(await signGitObject(octets(object), key))
      const [, header = ''] =
        new RegExp(`\nencoding latin1\n(${field} -----BEGIN SSH SIGNATURE-----\n( .*\n)+)\nm`).exec(signed) ?? []
      assert.equal(signed.replace(header, ''), object)
      assert.ok(header.endsWith('\n -----END SSH SIGNATURE-----\n'))
      const facts = await verifyGitObject(octets(signed), ours)
      assert.equal(facts.principal, 'me@example.com')
    }
  })

  it('puts that of a tag at its end', async () => {
    for (const object of [tag, long(tag)]) {
      const signed = text(await signGitObject(octets(object), key, { hash: 'sha256' }))
      assert.ok(signed.startsWith(`${object}-----BEGIN SSH SIGNATURE-----\n`))
      assert.equal((await verifyGitObject(octets(signed), ours)).hash, 'sha256')
    }
  })

  it('refuses what is no commit or tag, or signed already, or does not end its last line', async () => {
    for (const object of [
      '',
      'tree',
      'blob\n\nx',
      `tree ${id}\nauthor x`,
      `tree ${id}0\nauthor x\n\n`,
      `TREE ${id}\n\n`,
    ]) {
      await assert.rejects(signGitObject(octets(object), key), { code: 'unknown-format' }, object)
    }
    await assert.rejects(signGitObject(octets(tag.trimEnd()), key), { code: 'bad-value' })
    for (const object of [commit, tag]) {
      const signed = await signGitObject(octets(object), key)
      await assert.rejects(signGitObject(signed, key), { code: 'bad-value' })
    }
    await assert.rejects(signGitObject(commit as unknown as Uint8Array, key), TypeError)
    await assert.rejects(signGitObject(octets(commit), key, { limits: { inputLength: 10 } }), { code: 'limit' })
  })
})

describe('verifyGitObject', () => {
  it('takes anybody in the file only where null says so', async () => {
    const signed = await signGitObject(octets(commit), key)
    for (const identity of [undefined, 5, {}]) {
      await assert.rejects(verifyGitObject(signed, { ...ours, identity } as never), TypeError)
    }
    const { identity: _, ...without } = ours
    await assert.rejects(verifyGitObject(signed, without as never), TypeError)
    assert.equal(await codeOf(signed, { ...ours, identity: '' }), 'principal')
    assert.equal((await verifyGitObject(signed, ours)).principal, 'me@example.com')
  })

  it('tells of many candidates which may sign, and why none may', async () => {
    const signed = await signGitObject(octets(commit), key)
    const entry = (principals: string, namespaces: string) =>
      formatAllowedSigners([{ principals, certAuthority: false, namespaces, key: key.publicKey }])
    const many = Array.from({ length: 3000 }, (_, i) => `p${i}`).join()
    const first = entry(many, 'file')
    assert.equal(await codeOf(signed, { ...ours, allowedSigners: first }), 'namespace')
    assert.equal(await codeOf(signed, { ...ours, allowedSigners: first + entry('q', 'git') }), 'namespace')
    const facts = await verifyGitObject(signed, { ...ours, allowedSigners: first + entry('p17,p2999', 'git') })
    assert.deepEqual([facts.principal, facts.line], ['p17', 2])
  })

  it('judges at the time that the object claims only where it is told to', async () => {
    const signed = await signGitObject(octets(commit), key)
    assert.equal((await verifyGitObject(signed, { ...ours, time: 1000 })).line, 1)
    assert.equal(await codeOf(signed, { ...ours, time: 2001, identity: 'me@example.com' }), 'expired')
    await assert.rejects(verifyGitObject(signed, { ...ours, time: undefined as unknown as number }), TypeError)
    const timeless = await signGitObject(octets(commit.replace(/committer .*/, 'committer Me <me@example.com>')), key)
    assert.equal(await codeOf(timeless, ours), 'bad-value')
    const late = await signGitObject(octets(commit.replaceAll(' 1500 ', ' 2001 ')), key)
    assert.equal(await codeOf(late, { ...ours, identity: 'me@example.com' }), 'expired')
  })

  it('takes no second signature, and none under the name of the other ids', async () => {
    const signed = text(await signGitObject(octets(commit), key))
    const [header = ''] = /gpgsig .*\n( .*\n)+/.exec(signed) ?? []
    assert.equal(await codeOf(octets(signed.replace(header, header + header)), ours), 'bad-value')
    assert.equal(await codeOf(octets(signed.replace('gpgsig ', 'gpgsig-sha256 ')), ours), 'unsigned')
    // Git leaves both out of what is signed, so both can stand side by side.
    const other = header.replace('gpgsig ', 'gpgsig-sha256 ')
    assert.equal((await verifyGitObject(octets(signed.replace(header, other + header)), ours)).line, 1)
    assert.equal(await codeOf(octets(signed.replace(header, `gpgsigx y\n${header}`)), ours), 'bad-signature')
  })

  it('does not take a signature within a message or a merged tag for one of the object', async () => {
    const signedTag = text(await signGitObject(octets(tag), key))
    const merged = commit.replace('encoding', `mergetag ${signedTag.trimEnd().replaceAll('\n', '\n ')}\nencoding`)
    assert.equal(await codeOf(octets(merged), ours), 'unsigned')
    assert.equal((await verifyGitObject(await signGitObject(octets(merged), key), ours)).line, 1)
    assert.equal(await codeOf(octets(commit + signedTag), ours), 'unsigned')
  })
})
