/** The authority of examples/zero-trust with a key that stays in AWS KMS, before a server that really signs. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { signStatement } from '../../src/ca/index.ts'
import { verifyCertificateSignature } from '../../src/cert/index.ts'
import { formatPublicKey, generateKey, parseCertificate } from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { awsAlias, heldKey, startKms } from '../support/kms-server.ts'
import { startProgram } from './support.ts'
import { bundle, newFile, ready, servingAt } from './zero-trust.ts'
import { BASE, files, makeToken, now, settings, texts } from './zero-trust-authority.ts'

test('keys in AWS KMS sign: what the service is asked for is what sshd takes', async (t) => {
  if (!ready(t)) return
  const kms = await startKms(heldKey('p256'))
  t.after(() => kms.close())
  const { AUTHORITY_KEY: _, ...others } = texts
  const file = newFile('kms', 'node.mjs')
  writeFileSync(file, await bundle('node.ts'))
  const aws = {
    AUTHORITY_KEY_KMS: awsAlias,
    AWS_REGION: 'eu-central-1',
    AWS_KMS_ENDPOINT: kms.url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'a-secret',
  }
  const { AUTHORITY_KEY_FILE: __, ...where } = files
  const env = { ...settings, ...others, ...where, ...aws }
  const serving = await servingAt('it', startProgram(process.execPath, [file], { env }), /listening on (\d+)/)
  const [server, url] = [serving.server, `${serving.url}/ssh`]
  try {
    const token = await makeToken({ sub: 'alice' })
    const signed = await signStatement(
      await generateKey(),
      { kind: 'user' },
      { url: `${BASE}/v1/user`, token, time: now() },
    )
    const answer = await fetch(`${url}/v1/user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(signed),
    })
    const { certificate } = (await answer.json()) as { certificate: string }
    const parsed = parseCertificate(certificate)
    assert.equal(parsed.authority.type, 'ecdsa-sha2-nistp256')
    await verifyCertificateSignature(parsed, { types: allTypes })
    assert.equal(
      await (await fetch(`${url}/v1/authority`)).text(),
      `${formatPublicKey({ ...parsed.authority, comment: '' }).trim()}\n`,
    )
    assert.ok(kms.asked.length > 0)
    assert.ok(
      kms.asked.every(({ headers }) => /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//.test(headers.authorization ?? '')),
    )
    assert.ok(!server.log().includes('a-secret'))
  } finally {
    await server.stop()
  }
})
