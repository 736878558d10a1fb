/** examples/key-pair-service: keys made and imported, their names and limits, the published walk-through. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  fingerprint,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  matchFingerprint,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'
import { createSelfSignedCertificate } from '../../src/x509/index.ts'
import { keyVector, vector } from '../support/vectors.ts'
import { ed25519, everything, example, type Json, load, md5Of, place, refused, service } from './key-pair-service.ts'

example('a key pair that is made: its private key is in one answer and nowhere else', async () => {
  const it = await service('create')
  const { RequestId, ...made } = await it.ask('CreateKeyPair', { KeyPairName: 'web' })
  assert.deepEqual(Object.keys(made).sort(), ['KeyPairFingerPrint', 'KeyPairName', 'PrivateKeyBody'])
  const pem = String(made.PrivateKeyBody)
  assert.match(pem, /^-----BEGIN RSA PRIVATE KEY-----\n/)
  const key = await parsePrivateKey(pem)
  assert.equal(made.KeyPairFingerPrint, md5Of(key.publicKey))
  assert.match(fingerprint(key), /^SHA256:/)
  assert.equal((await matchFingerprint(key, String(made.KeyPairFingerPrint)))?.form, 'alibaba')

  const { FingerPrints } = await it.ask('DescribeFingerPrints', { KeyPairName: 'web' })
  const forms = (FingerPrints as { FingerPrint: { Form: string; Value: string }[] }).FingerPrint
  assert.equal(forms.length, 10)
  for (const { Form, Value } of forms) assert.equal((await matchFingerprint(key, Value))?.form, Form)

  const kept = readdirSync(it.dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(it.dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
  assert.ok(kept.includes(String(made.KeyPairFingerPrint)))
  for (const line of pem.split('\n').slice(4, -3)) assert.ok(!kept.includes(line))
  assert.ok(!readFileSync(join(it.dir, 'records.db'), 'latin1').includes(it.key.secret))
  assert.ok(!JSON.stringify(await it.ask('DescribeKeyPairs', { IncludePublicKey: 'true' })).includes('PRIVATE'))
  await refused(it.call('CreateKeyPair', { KeyPairName: 'web' }), 'KeyPair.AlreadyExist')
  it.close()
})

example('every public container is imported, and what is no such key is refused with its reason', async () => {
  const it = await service('import')
  const rsa = await generateKey('rsa', { bits: 2048 })
  const key = rsa.publicKey
  const { pem: certificate } = await createSelfSignedCertificate({ key: rsa, subject: 'CN=vm', days: 1 })
  const forms = ['openssh', 'rfc4716', 'spki', 'pkcs1', 'jwk'].map((format) =>
    formatPublicKey(key, { format: format as 'spki' }),
  )
  for (const [i, PublicKeyBody] of [...forms, certificate].entries()) {
    const answer = await it.ask('ImportKeyPair', { KeyPairName: `web-${i}`, PublicKeyBody })
    assert.deepEqual(Object.keys(answer).sort(), ['KeyPairFingerPrint', 'KeyPairName', 'RequestId'])
    assert.equal(answer.KeyPairFingerPrint, md5Of(key))
  }
  const { KeyPairs } = await it.ask('DescribeKeyPairs', { IncludePublicKey: 'true' })
  for (const { KeyPairName, PublicKey } of (KeyPairs as { KeyPair: Record<string, string>[] }).KeyPair) {
    const read = parsePublicKey(PublicKey!)
    assert.deepEqual([read.comment, md5Of(read)], [KeyPairName, md5Of(key)])
  }
  const { FingerPrints } = await it.ask('DescribeFingerPrints', { KeyPairName: 'web-5' })
  assert.ok(JSON.stringify(FingerPrints).includes('x509-thumbprint'))
  for (const name of ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521']) {
    const PublicKeyBody = new TextDecoder().decode(vector(`keys/${name}.pub`))
    const answer = await it.ask('ImportKeyPair', { KeyPairName: `key-${name}`, PublicKeyBody })
    assert.equal(answer.KeyPairFingerPrint, keyVector(name).fingerprints.md5.slice(4).replaceAll(':', ''))
  }
  for (const name of ['ecdsa-sk', 'ed25519-sk']) {
    const PublicKeyBody = new TextDecoder().decode(vector(`types/${name}.pub`))
    const answer = await it.ask('ImportKeyPair', { KeyPairName: name, PublicKeyBody })
    assert.equal(answer.KeyPairFingerPrint, md5Of(parsePublicKey(PublicKeyBody)))
  }

  const before = await everything(it)
  const weak = new TextDecoder().decode(vector('keys/rsa1024.pub'))
  const dsa = new TextDecoder().decode(vector('types/dsa.pub'))
  const short = formatPublicKey(key).slice(0, 200)
  const bad: readonly (readonly [body: string, why: RegExp])[] = [
    [await formatPrivateKey(rsa, { format: 'pkcs1' }), /is-private-key: .*A private key was sent/],
    [await formatPrivateKey(await generateKey()), /is-private-key/],
    [weak, /weak-key: RSA with 1024 bits; at least 2048/],
    [dsa, /unsupported-type: keys of type ssh-dss do not log in here/],
    ['hello', /unknown-format/],
    [short, /:/],
    [`${formatPublicKey(key)}${formatPublicKey(key)}`, /:/],
    ['ssh-new AAAAB3NzaC1uZXcAAAABAA==', /:/],
  ]
  for (const [PublicKeyBody, why] of bad) {
    const answer = it.call('ImportKeyPair', { KeyPairName: 'bad', PublicKeyBody })
    await refused(answer, 'InvalidPublicKeyBody.Malformed', why)
  }
  await refused(it.call('ImportKeyPair', { KeyPairName: 'bad' }), 'MissingParameter', /PublicKeyBody/)
  assert.equal(await everything(it), before)
  assert.deepEqual(it.errors, [])
  it.close()
})

example('names and numbers are held to the documented limits', async () => {
  const it = await service('limits')
  const PublicKeyBody = formatPublicKey(await ed25519())
  for (const KeyPairName of ['ab', 'A1:_.-', 'é2', '密钥对', `x${'y'.repeat(127)}`]) {
    await it.ask('ImportKeyPair', { KeyPairName, PublicKeyBody })
  }
  const before = await everything(it)
  const bad = ['a', '1a', '_a', '-a', 'a b', 'a/b', '../x', 'http://a', 'a\n', 'a"b', `x${'y'.repeat(128)}`, 'e\u0301x']
  for (const KeyPairName of bad) {
    await refused(it.call('ImportKeyPair', { KeyPairName, PublicKeyBody }), 'InvalidKeyPairName.Malformed')
    await refused(it.call('CreateKeyPair', { KeyPairName }), 'InvalidKeyPairName.Malformed')
  }
  for (const [name, value] of Object.entries({ PageSize: '51', PageNumber: '0', IncludePublicKey: 'yes' })) {
    await refused(it.call('DescribeKeyPairs', { [name]: value }), 'InvalidParameter', new RegExp(name))
  }
  const names = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => `none-${i}`))
  await refused(it.call('DeleteKeyPairs', { KeyPairNames: names(101) }), 'InstanceKeyPairLimitExceeded')
  await refused(it.call('DeleteKeyPairs', { KeyPairNames: names(100) }), 'InvalidKeyPairName.NotFound')
  for (const text of ['ab', '[]', '{"a":1}', '["ab",1]', '["ab","ab"]']) {
    await refused(it.call('DeleteKeyPairs', { KeyPairNames: text }), 'InvalidKeyPairNames.ValueNotSupported')
    const attach = it.call('AttachKeyPair', { KeyPairName: 'ab', InstanceIds: text })
    await refused(attach, 'InvalidInstanceIds.ValueNotSupported')
  }
  const many = it.call('AttachKeyPair', { KeyPairName: 'ab', InstanceIds: names(51) })
  await refused(many, 'InstanceKeyPairLimitExceeded', /at most 50/)
  assert.equal((await it.ask('AttachKeyPair', { KeyPairName: 'ab', InstanceIds: names(50) })).FailCount, 50)
  assert.equal(await everything(it), before)

  await it.records.write(async (tx) => {
    const fill = 'INSERT INTO key_pairs (account, region, name, md5, sha256, line, forms, created)'
    for (let i = 5; i < 499; i++)
      await tx.run(`${fill} VALUES ('main', 'us-west-1', ?, 'x', 'x', 'x', '{}', ?)`, [`n${i}`, i])
  })
  await it.ask('ImportKeyPair', { KeyPairName: 'last', PublicKeyBody })
  await refused(it.call('ImportKeyPair', { KeyPairName: 'more', PublicKeyBody }), 'QuotaExceed.KeyPair')
  await refused(it.call('CreateKeyPair', { KeyPairName: 'more' }), 'QuotaExceed.KeyPair')
  await it.ask('ImportKeyPair', { KeyPairName: 'more', PublicKeyBody, RegionId: 'cn-qingdao' })

  const seen: unknown[] = []
  for (let page = 1; page <= 11; page++) {
    const answer = await it.ask('DescribeKeyPairs', { PageNumber: String(page), PageSize: '50' })
    assert.deepEqual([answer.TotalCount, answer.PageNumber, answer.PageSize], [500, page, 50])
    seen.push(...(answer.KeyPairs as { KeyPair: Json[] }).KeyPair.map(({ KeyPairName }) => KeyPairName))
  }
  assert.equal(new Set(seen).size, 500)
  const count = async (given: Record<string, string>) => (await it.ask('DescribeKeyPairs', given)).TotalCount
  assert.equal(await count({ KeyPairName: 'n49*' }), 10)
  assert.equal(await count({ KeyPairName: '*ast' }), 1)
  assert.equal(await count({ KeyPairName: 'las' }), 0)
  assert.equal(await count({ KeyPairFingerPrint: fingerprint(parsePublicKey(PublicKeyBody), { hash: 'md5' }) }), 6)
  assert.equal((await it.ask('DescribeKeyPairs')).PageSize, 10)
  it.close()
})

example('the values of the published walk-through come out right', async () => {
  const article = new URL('../../../shared/vectors/article/', import.meta.url)
  if (!existsSync(article)) {
    console.log('NOT TESTED: the walk-through: ../shared/vectors/article is not there')
    return
  }
  const read = (name: string): string => readFileSync(new URL(name, article), 'utf8')
  const created = JSON.parse(read('create-key-pair.json'))
  const { writePem } = await load.command()
  const { ecsFingerprint, fingerprintForms } = await import('../../examples/key-pair-service/fingerprints.ts')
  const key = await parsePrivateKey(read('create-key-pair.json'))
  assert.equal(ecsFingerprint(key.publicKey), '7d6849d03953aa5584240de7c9d4b8c8')
  assert.equal((await fingerprintForms(key.publicKey)).alibaba, created.KeyPairFingerPrint)
  const path = join(place('article-files'), 'Test3.pem')
  await writePem(created, path)
  assert.equal(readFileSync(path, 'utf8'), created.PrivateKeyBody)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(writePem(created, path), { name: 'SetupError', message: /exists already/ })
  const pem = read('Test3.pem')
  assert.equal(await formatPrivateKey(await parsePrivateKey(pem), { format: 'pkcs1' }), pem)

  const it = await service('article')
  const imported = JSON.parse(read('import-key-pair.json'))
  const attached = JSON.parse(read('attach-key-pair.json'))
  const shapeOf = ({ RequestId, ...shape }: Json): Json => shape
  const { Action, ...request } = imported.request
  const answer = await it.ask(Action, request)
  assert.deepEqual(shapeOf(answer), shapeOf(imported.response))
  assert.deepEqual(Object.keys(answer).sort(), Object.keys(imported.response).sort())
  await it.instance('i-abcdeftvgllm854abcde')
  const { Action: attach, ...pairing } = attached.request
  await refused(it.call(attach, pairing), 'InvalidKeyPairName.NotFound', /Test2/)
  await it.ask('ImportKeyPair', { ...request, KeyPairName: 'Test2' })
  assert.deepEqual(shapeOf(await it.ask(attach, pairing)), shapeOf(attached.response))
  const { PrivateKeyBody, ...made } = await it.ask('CreateKeyPair', { KeyPairName: 'Test3' })
  assert.deepEqual(Object.keys({ PrivateKeyBody, ...made }).sort(), Object.keys(created).sort())
  it.close()
})
