/** Git's signed commits and tags (gpg.format=ssh), both ways: git verifies ours, we verify git's. */

import assert from 'node:assert/strict'
import { formatPublicKey } from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { formatAllowedSigners, type GitPolicy, signGitObject, verifyGitObject } from '../../src/sshsig/index.ts'
import { encodeText } from '../../src/wire/text.ts'
import { fresh, interop, makeKeys, must, put, run } from './support.ts'

const types = allTypes
const identity = 'me@example.com'

/** A repository that signs with a key and trusts the file of allowed signers. */
async function repository(format: string, signingKey: string, allowed: string) {
  const folder = fresh('repository')
  const git = (...args: string[]) => must('git', ['-C', folder, ...args])
  await must('git', ['init', '-q', '-b', 'main', `--object-format=${format}`, folder])
  for (const [name, value] of [
    ['user.name', 'Me'],
    ['user.email', identity],
    ['gpg.format', 'ssh'],
    ['user.signingKey', signingKey],
    ['gpg.ssh.allowedSignersFile', allowed],
  ] as const) {
    await git('config', name, value)
  }
  return { folder, git }
}

for (const format of ['sha1', 'sha256']) {
  interop(`git verifies our commits and tags, and we its own (${format})`, ['git', 'ssh-keygen'], async () => {
    for (const { key, label, path } of await makeKeys('git', [2048])) {
      const allowedSigners = formatAllowedSigners([
        { principals: `x@y,${identity}`, certAuthority: false, namespaces: 'git', key: key.publicKey },
      ])
      const nobody = put('', 'nobody')
      const allowed = put(allowedSigners, 'allowed')
      const { folder, git } = await repository(format, path, allowed)
      const policy: GitPolicy = { allowedSigners, identity, time: 'claimed', types }

      // Theirs.
      await git('commit', '-q', '--allow-empty', '-S', '-m', 'first é', '-m', 'more')
      await git('tag', '-s', '-m', 'a tag', 'v1')
      await git('commit', '-q', '--allow-empty', '-m', 'unsigned')
      const object = async (kind: string, name: string) => encodeText(await git('cat-file', kind, name))
      for (const bytes of [await object('commit', 'main~1'), await object('tag', 'v1')]) {
        const facts = await verifyGitObject(bytes, policy)
        assert.equal(facts.publicKey.type, key.type, label)
        assert.equal((await verifyGitObject(bytes, { ...policy, identity: null })).principal, 'x@y')
        await assert.rejects(verifyGitObject(bytes, { ...policy, allowedSigners: '' }), { code: 'unknown-signer' })
      }
      await assert.rejects(verifyGitObject(await object('commit', 'main'), policy), { code: 'unsigned' })

      // Ours: the same objects without their signatures, signed by us, come out as git would store them.
      const tag = (await git('cat-file', 'tag', 'v1')).split('-----BEGIN', 1)[0]!
      for (const [kind, content] of [
        ['commit', await git('cat-file', 'commit', 'main')],
        ['tag', tag.replace('tag v1', 'tag v2')],
      ] as const) {
        const signed = await signGitObject(encodeText(content), key, {
          hash: label === 'ed25519' ? 'sha256' : 'sha512',
        })
        const id = (await must('git', ['-C', folder, 'hash-object', '-w', '-t', kind, '--stdin'], signed)).trim()
        const verify = (file: string) =>
          run('git', ['-C', folder, '-c', `gpg.ssh.allowedSignersFile=${file}`, `verify-${kind}`, '-v', id])
        const { code, err } = await verify(allowed)
        assert.equal(code, 0, `${label} ${kind}: ${err}`)
        assert.match(err, /Good "git" signature for x@y with/)
        assert.equal((await verify(nobody)).code, 1)
        await verifyGitObject(signed, policy)
        // What git refuses, we refuse. (Without --literally, hash-object judged the form of ours.)
        const forged = signed.slice()
        forged[forged.indexOf(10, 60) - 3]! ^= 1
        const bad = (
          await must('git', ['-C', folder, 'hash-object', '--literally', '-w', '-t', kind, '--stdin'], forged)
        ).trim()
        assert.equal((await run('git', ['-C', folder, `verify-${kind}`, bad])).code, 1)
        await assert.rejects(verifyGitObject(forged, policy))
      }
    }
  })
}

interop('git takes a signature by a certificate of ours', ['git', 'ssh-keygen'], async () => {
  const [authority, subject] = await makeKeys('git', [])
  await must('ssh-keygen', ['-q', '-s', authority!.path, '-I', 'k', '-n', identity, `${subject!.path}.pub`])
  const line = formatPublicKey(authority!.key.publicKey)
  const allowed = put(`*@example.com cert-authority,namespaces="git" ${line}`, 'allowed')
  const { git } = await repository('sha1', `${subject!.path}-cert.pub`, allowed)
  await git('commit', '-q', '--allow-empty', '-S', '-m', 'by a certificate')
  await git('verify-commit', 'main')
  const facts = await verifyGitObject(encodeText(await git('cat-file', 'commit', 'main')), {
    allowedSigners: `*@example.com cert-authority,namespaces="git" ${line}`,
    identity: null,
    time: 'claimed',
    types,
  })
  assert.equal(facts.principal, identity)
  assert.equal(facts.certificate?.keyId, 'k')
})
