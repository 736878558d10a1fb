/** SSHSIG: signatures of `ssh-keygen -Y` and git, new ones, and every verdict of the corpus. */
import { utf8 } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, type SharedEntry, sharedEntries } from '../support.ts'

export function sshsigCases(given: Given, add: Add): void {
  const { root, keys, sshsig, krl } = given.library
  const types = keys.allTypes
  const text = (path: string) => given.text(path)

  for (const path of given.paths('own/sshsig/').filter((name) => name.endsWith('.sig'))) {
    add.crypto(`${path.slice(4)} as ssh-keygen -Y verify judges it`, async () => {
      const policy = {
        allowedSigners: given.file('own/sshsig/allowed_signers'),
        identity: 'alice@example.com',
        namespace: 'file',
        time: 1_700_000_000,
      }
      const message = given.file('own/sshsig/message')
      const check = (change: object, what: Uint8Array = message) =>
        codeOf(given, () => root.verifyMessage(what, given.file(path), { ...policy, ...change }))
      const facts = await root.verifyMessage(message, given.file(path), policy)
      assert.equal(facts.principal, 'alice@example.com')
      assert.equal(facts.hash, path.includes('sha256') ? 'sha256' : 'sha512')
      assert.equal(await check({}, utf8('another')), 'bad-signature')
      assert.equal(await check({ namespace: 'git' }), 'namespace')
      assert.equal(await check({ identity: 'bob@example.com' }), 'principal')
      assert.equal(await check({ time: 1000 }), 'not-yet-valid')
      assert.equal(await check({ allowedSigners: '' }), 'unknown-signer')
      assert.equal(await check({ revocation: () => 'lost' }), 'revoked')
      const read = sshsig.parseSshsig(given.file(path), { types })
      assert.equal(sshsig.formatSshsig(read), text(path))
    })
  }

  for (const format of ['sha1', 'sha256']) {
    for (const kind of ['commit', 'merge', 'tag', 'unsigned']) {
      add.crypto(`a ${kind} of git with ${format}`, async () => {
        const object = given.file(`own/sshsig/git-${format}-${kind}`)
        const allowedSigners = given.file('own/sshsig/allowed_signers')
        const policy = { allowedSigners, identity: null, time: 'claimed', types } as const
        if (kind === 'unsigned') {
          assert.equal(await codeOf(given, () => sshsig.verifyGitObject(object, policy)), 'unsigned')
          return
        }
        const facts = await sshsig.verifyGitObject(object, policy)
        assert.deepEqual([facts.principal, facts.namespace], ['alice@example.com', 'git'])
        const changed = object.slice()
        changed[object.length - 2]! ^= 1
        assert.notEqual(await codeOf(given, () => sshsig.verifyGitObject(changed, policy)), undefined)
      })
    }
  }

  for (const name of [
    'keys/ed25519',
    'keys/ecdsa256',
    'keys/ecdsa384',
    'keys/ecdsa521',
    'keys/rsa2048',
    'types/mldsa44-ed25519',
  ]) {
    add.crypto(`signed by ${name}, with each hash`, async () => {
      const signer = await root.parsePrivateKey(given.file(`own/${name}`))
      const allowedSigners = sshsig.formatAllowedSigners([
        { principals: 'me', certAuthority: false, key: signer.publicKey },
      ])
      for (const hash of ['sha256', 'sha512'] as const) {
        const made = await sshsig.signMessage(utf8('a message'), signer, { namespace: 'suite', hash })
        const policy = { allowedSigners, identity: 'me', namespace: 'suite', time: 0 }
        assert.equal((await root.verifyMessage(utf8('a message'), made, policy)).hash, hash)
        assert.equal(await codeOf(given, () => root.verifyMessage(utf8('x'), made, policy)), 'bad-signature')
        assert.deepEqual(await sshsig.findPrincipals(made, { allowedSigners, time: 0, types }), ['me'])
      }
    })
  }

  if (!given.shared) return
  const { generatedAt } = given.json<{ generatedAt: number }>('shared/made/about.json')
  const file = (path: string) => given.file(`shared/made/${path}`)
  const numbered = (kind: string) =>
    sharedEntries(given, kind).map((entry, i) => [`${kind} ${i + 1}: ${entry.path}`, entry] as const)
  const timeOf = (entry: SharedEntry): number | undefined => {
    const [, when] = /^verify-time=(.*)$/.exec(entry.options?.[0] ?? '') ?? []
    return when === undefined ? generatedAt : absoluteTime(when)
  }

  for (const [name, entry] of numbered('sshsig')) {
    add.crypto(name, async () => {
      const work = () =>
        sshsig.checkMessageSignature(file(entry.message!), file(entry.path), { namespace: entry.namespace!, types })
      const code = await codeOf(given, work)
      // Taken by OpenSSH and not here, on purpose.
      const stricter = entry.variant === 'version-0'
      assert.equal(code === undefined, entry.expect.valid === true && !stricter, `${code}`)
    })
  }
  for (const [name, entry] of numbered('sshsig-verify')) {
    add.crypto(name, async () => {
      const time = timeOf(entry)
      if (time === undefined) return assert.equal(entry.expect.ok, false)
      const code = await codeOf(given, () =>
        sshsig.verifyMessage(file(entry.message!), file(entry.path), {
          allowedSigners: file(entry.allowedSigners!),
          identity: entry.identity!,
          namespace: entry.namespace!,
          time,
          revocation: entry.revoked ? krl.revocationFrom(file(entry.revoked), { types }) : undefined,
          types,
        }),
      )
      assert.equal(code === undefined, entry.expect.ok === true && !(entry.mayReject && code !== undefined), `${code}`)
    })
  }
  for (const [name, entry] of numbered('sshsig-find-principals')) {
    add.crypto(name, async () => {
      let found: readonly string[] = []
      const options = { allowedSigners: file(entry.allowedSigners!), time: timeOf(entry)!, types }
      const code = await codeOf(given, async () => {
        found = await sshsig.findPrincipals(file(entry.path), options)
      })
      assert.deepEqual(found, entry.expect.principals, `${code}`)
    })
  }
  for (const [name, entry] of numbered('sshsig-match-principals')) {
    add.plain(name, async () => {
      let found: readonly string[] = []
      const code = await codeOf(given, () => {
        found = sshsig.matchPrincipals(entry.identity!, { allowedSigners: file(entry.path), types })
      })
      assert.deepEqual([found, code !== undefined], [entry.expect.principals, entry.expect.exit === 252])
    })
  }
  for (const [name, { path, note }] of numbered('allowed-signers')) {
    add.plain(name, () => {
      const { entries, problems } = sshsig.parseAllowedSigners(file(path), { types })
      assert.equal(problems.length, /bad-|double|missing|reversed/.test(note ?? '') ? 1 : 0)
      const lines = new TextDecoder().decode(file(path)).split('\n')
      const spoken = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
      assert.equal(entries.length, spoken.length - problems.length)
    })
  }
}

/** YYYYMMDD[HHMM[SS]][Z] of the corpus, which was made in UTC; `undefined` where it is none. */
function absoluteTime(text: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text)
  if (!found) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0))
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1000
}
