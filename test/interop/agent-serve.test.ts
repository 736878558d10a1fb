/** `hawser agent serve` under real programs of the system and of Debian sid. */

import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { findTool } from '../../examples/quickstart/sshd.ts'
import {
  checkCertificate,
  formatPublicKey,
  generateKey,
  parseCertificate,
  parsePublicKey,
  verify,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { openAgent } from '../../src/runtime/node/index.ts'
import { openSshsig } from '../keys/types/set.ts'
import { utf8 } from '../support/bytes.ts'
import { answer, base64, blobs, both, certify, keysFor, program, withAgent } from './agent-serve.ts'
import { fresh, get, interop, makeKeys, must as mustSystem, put, runProgram } from './support.ts'

both('keys and certificates of each type are added, listed, used and removed', [], async (programs) => {
  const authority = await generateKey()
  const keys = await keysFor(programs)
  await withAgent(programs, async ({ must }) => {
    assert.match(await must('ssh-add', ['-l'], 1), /no identities/)
    const expected: string[] = []
    for (const { path } of keys) {
      await certify(path, authority)
      await must('ssh-add', ['-q', path])
      expected.push(base64(`${path}.pub`), base64(`${path}-cert.pub`))
    }
    assert.deepEqual(blobs(await must('ssh-add', ['-L'])), expected)
    assert.equal((await must('ssh-add', ['-l'])).trim().split('\n').length, expected.length)
    for (const { path } of keys) {
      await must('ssh-add', ['-T', `${path}.pub`, `${path}-cert.pub`])
      // The certificate beside the key goes with it.
      await must('ssh-add', ['-d', `${path}.pub`])
      await must('ssh-add', ['-T', `${path}.pub`], 1)
      rmSync(`${path}-cert.pub`)
    }
    await must('ssh-add', ['-q', keys[0]!.path])
    await must('ssh-add', ['-D'])
    await must('ssh-add', ['-l'], 1)
  })
})

both('ssh-keygen signs messages and certificates, and git its commits', ['git'], async (programs) => {
  const subject = await generateKey()
  const keys = await keysFor(programs)
  await withAgent(programs, async ({ must }, agent) => {
    const message = utf8('a message\n')
    for (const { label, path } of keys) {
      await must('ssh-add', ['-q', path])
      const publicKey = parsePublicKey(get(`${path}.pub`))
      // Only the public half is left for ssh-keygen.
      const line = `${put('', label)}.pub`
      writeFileSync(line, get(`${path}.pub`))
      const signed = put(message, 'message')
      await must('ssh-keygen', ['-q', '-U', '-Y', 'sign', '-n', 'file', '-f', line, signed])
      const sig = openSshsig(get(`${signed}.sig`), message)
      assert.deepEqual(sig.key, publicKey.blob)
      await verify(publicKey, sig.signature, sig.signed)

      const mine = put(formatPublicKey(subject.publicKey), 'subject')
      await must('ssh-keygen', ['-q', '-U', '-s', line, '-I', 'id', '-n', 'alice', mine])
      const facts = await checkCertificate(parseCertificate(get(`${mine}-cert.pub`)), {
        kind: 'user',
        authorities: [publicKey],
        principal: 'alice',
        time: new Date(),
        algorithms: allTypes.flatMap((type) => type.algorithms),
      })
      assert.equal(facts.keyId, 'id', label)

      const folder = fresh('repository')
      const allowed = put(`me@example.com ${formatPublicKey(publicKey)}`, 'allowed')
      const settings = {
        'user.name': 'Me',
        'user.email': 'me@example.com',
        'gpg.format': 'ssh',
        'gpg.ssh.program': program(programs, 'ssh-keygen'),
        'gpg.ssh.allowedSignersFile': allowed,
        'user.signingKey': line,
      }
      const configured = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const git = async (...args: string[]): Promise<string> => {
        const env = { SSH_AUTH_SOCK: agent.socket }
        const { code, out, err } = await runProgram(findTool('git')!, ['-C', folder, ...configured, ...args], '', env)
        assert.equal(code, 0, `${label}: git ${args.join(' ')}: ${err}${agent.stderr()}`)
        return out + err
      }
      await mustSystem('git', ['init', '-q', folder])
      await git('commit', '-q', '--allow-empty', '-S', '-m', 'signed')
      assert.match(await git('verify-commit', 'HEAD'), /Good "git" signature for me@example\.com/)
    }
  })
})

both('lifetimes end, confirmation is asked for, and the lock holds', [], async (programs) => {
  const [first, second] = await keysFor(programs)
  await withAgent(programs, async ({ must, run }) => {
    await must('ssh-add', ['-q', '-t', '2', first!.path])
    await must('ssh-add', ['-q', '-c', second!.path])
    writeFileSync(answer, 'yes\n')
    await must('ssh-add', ['-T', `${second!.path}.pub`])
    writeFileSync(answer, 'no\n')
    await must('ssh-add', ['-T', `${second!.path}.pub`], 1)
    for (let waits = 0; blobs(await must('ssh-add', ['-L'])).length > 1; waits++) {
      assert.ok(waits < 600)
      await sleep(100)
    }
    assert.deepEqual(blobs(await must('ssh-add', ['-L'])), [base64(`${second!.path}.pub`)])

    await must('ssh-add', ['-q', second!.path])
    writeFileSync(answer, 'secret\n')
    await must('ssh-add', ['-x'])
    assert.match(await must('ssh-add', ['-l'], 1), /no identities/)
    await must('ssh-add', ['-T', `${second!.path}.pub`], 1)
    await must('ssh-add', ['-q', first!.path], 1)
    writeFileSync(answer, 'wrong\n')
    assert.equal((await run('ssh-add', ['-X'])).code, 1)
    writeFileSync(answer, 'secret\n')
    await must('ssh-add', ['-X'])
    await must('ssh-add', ['-T', `${second!.path}.pub`])
  })
})

interop('200 clients at once, each listing and signing, get right answers in order', ['ssh-add'], async () => {
  const keys = await makeKeys('crowd', [2048])
  await withAgent('system', async ({ must }, { socket }) => {
    for (const { path } of keys) await must('ssh-add', ['-q', path])
    const clients = await Promise.all(Array.from({ length: 200 }, () => openAgent({ socket })))
    const listed = keys.map(({ key }) => ({ key: key.publicKey.blob, comment: key.comment }))
    await Promise.all(
      clients.map(async (client, i) => {
        const { publicKey, algorithms } = keys[i % keys.length]!.key
        const messages = Array.from({ length: 3 }, (_, j) => utf8(`message ${j} of ${i}`))
        const [list, ...signatures] = await Promise.all([
          client.list(),
          ...messages.map((message) => client.sign(publicKey.blob, message, { algorithm: algorithms[0] })),
        ])
        assert.deepEqual(list, listed)
        for (const [j, signature] of signatures.entries()) await verify(publicKey, signature, messages[j]!)
      }),
    )
    await Promise.all(clients.map((client) => client.close()))
  })
})
