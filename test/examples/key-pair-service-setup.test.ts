/** examples/key-pair-service: its first start, its configuration, its command. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { formatPrivateKey, formatPublicKey, generateKey } from '../../src/index.ts'
import { example, load, md5Of, place } from './key-pair-service.ts'
import { at } from './support.ts'

example('the first start makes the first access key, and without one there is no service', async () => {
  const { openService } = await load.serve()
  const { configOf } = await import('../../examples/key-pair-service/config.ts')
  const dir = place('start')
  const config = configOf({}, dir)
  const file = join(dir, 'access-key.json')
  const count = async () => {
    const opened = await openService(config)
    const [row] = await opened.records.rows('SELECT count(*) AS keys FROM access_keys')
    opened.records.close()
    return [Number(row?.keys), opened.firstKeyFile]
  }
  writeFileSync(file, 'in the way')
  await assert.rejects(openService(config), { name: 'SetupError', message: /exists already/ })
  const moved = configOf({ firstKey: { file: 'key.json', account: 'main' } }, dir)
  const both = await Promise.all([openService(moved), openService(moved)])
  assert.deepEqual(both.map(({ firstKeyFile }) => firstKeyFile !== undefined).sort(), [false, true])
  for (const { records } of both) records.close()
  assert.deepEqual(await count(), [1, undefined])
  for (const name of ['key.json', 'secret']) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600)
  const { Account, AccessKeyId, AccessKeySecret } = JSON.parse(readFileSync(join(dir, 'key.json'), 'utf8'))
  assert.equal(Account, 'main')
  assert.match(AccessKeyId, /^HK[0-9A-F]{18}$/)
  assert.match(AccessKeySecret, /^[\w-]{30}$/)
  writeFileSync(join(dir, 'secret'), `${'y'.repeat(44)}\n`)
  await assert.rejects(openService(config), { name: 'SetupError', message: /secret is another/ })
  const other = place('start-elsewhere')
  for (const [database, why] of [
    [{ url: 'file:no/records.db' }, /^database\.url: file:\S+no\/records\.db cannot be opened: /],
    [{ url: 'https://127.0.0.1:1/?authToken=mine' }, /^database\.url: https:\/\/127\.0\.0\.1:1\/ cannot be opened: /],
    [{ tokenFile: 'none' }, /none: no such file/],
  ] as const) {
    await assert.rejects(openService(configOf({ database }, other)), { name: 'SetupError', message: why })
    assert.ok(!existsSync(join(other, 'access-key.json')))
  }
  for (const [bad, why] of [
    [{ listen: { port: 70_000 } }, /listen.port/],
    [{ listen: { port: '22' } }, /listen.port/],
    [{ listne: {} }, /unknown: listne/],
    [{ database: { url: 'records.db' } }, /database.url/],
    [{ firstKey: { account: '../x' } }, /firstKey.account/],
    [{ regions: [] }, /regions/],
    [[], /an object/],
  ] as const) {
    assert.throws(() => configOf(bad, dir), { name: 'SetupError', message: why })
  }
})

example('the command: a wrong port, a wrong place, a private key are told before anything is sent', async (t) => {
  const { callService, runCall, writePem } = await load.command()
  const { serve } = await load.serve()
  const { configOf } = await import('../../examples/key-pair-service/config.ts')
  const dir = place('command')
  const served = await serve(configOf({ listen: { port: 0 } }, dir))
  const other = createServer((socket) =>
    socket
      .on('error', () => {})
      .end('SSH-2.0-OpenSSH_9.2p1\r\n')
      .resume(),
  )
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const bound = (other.address() as { port: number }).port
  const printed: string[] = []
  t.mock.method(console, 'log', (text: string) => printed.push(text))
  t.mock.method(console, 'error', (text: string) => printed.push(text))
  try {
    const key = { id: 'x', secret: 'x' }
    const call = (url: string) => callService(url, key, new Map([['Action', 'DescribeKeyPairs']]))
    for (const [url, why] of [
      [`http://127.0.0.1:${bound}`, /the service does not answer there: HPE_/],
      ['http://127.0.0.1:1', /does not answer there/],
      ['http://127.0.0.1:70000', /port up to 65535/],
      ['keys.example', /a URL such as/],
      ['http://keys.example', /https expected/],
    ] as const) {
      await assert.rejects(call(url), { name: 'SetupError', message: why })
    }
    const taken = serve(configOf({ listen: { port: bound } }, place('taken')))
    await assert.rejects(taken, { name: 'SetupError', message: new RegExp(`port ${bound}: EADDRINUSE`) })

    const env = { KEY_PAIRS_URL: served.url, KEY_PAIRS_ACCESS_KEY: join(dir, 'access-key.json') }
    const file = join(dir, 'id')
    const mine = await generateKey()
    writeFileSync(file, await formatPrivateKey(mine), { mode: 0o600 })
    writeFileSync(`${file}.pub`, formatPublicKey(mine.publicKey))
    const secret = runCall(['ImportKeyPair', '--KeyPairName', 'mine', '--PublicKeyBody', `@${file}`], env)
    await assert.rejects(secret, { name: 'SetupError', message: /it was not sent/ })
    for (const line of [[], ['Drop'], ['CreateKeyPair'], ['CreateKeyPair', '--Name', 'x']]) {
      await assert.rejects(runCall(line, env), { name: 'UsageError' })
    }
    assert.equal(await runCall(['ImportKeyPair', '--KeyPairName', 'mine', '--PublicKeyBody', `@${file}.pub`], env), 0)
    assert.match(printed.pop() ?? '', new RegExp(`"KeyPairFingerPrint": "${md5Of(mine.publicKey)}"`))
    assert.equal(await runCall(['CreateKeyPair', '--KeyPairName', '1'], env), 1)
    assert.match(printed.pop() ?? '', /^key-pairs: InvalidKeyPairName.Malformed: /)
    assert.equal(await runCall(['AttachKeyPair', '--KeyPairName', 'mine', '--InstanceIds', '["i-none"]'], env), 1)

    const late = runCall(['CreateKeyPair', '--KeyPairName', 'late', '--out', file], env)
    await assert.rejects(late, { name: 'SetupError', message: /exists already/ })
    // A key that could not be written down would be lost: it is not made.
    const nowhere = runCall(['CreateKeyPair', '--KeyPairName', 'late', '--out', join(dir, 'no', 'late.pem')], env)
    await assert.rejects(nowhere, { name: 'SetupError', message: /late\.pem: cannot be written there: ENOENT/ })
    const [row] = await served.records.rows("SELECT count(*) AS made FROM key_pairs WHERE name = 'late'")
    assert.equal(Number(row?.made), 0)

    const answer = { PrivateKeyBody: await formatPrivateKey(mine), KeyPairFingerPrint: '00'.repeat(16) }
    await assert.rejects(writePem(answer, join(dir, 'no.pem')), { name: 'SetupError', message: /not the one/ })
    assert.ok(!existsSync(join(dir, 'no.pem')))

    writeFileSync(join(dir, 'null.json'), 'null')
    for (const [name, why] of [
      ['none.json', /^key-pairs: \S+none\.json: ENOENT\n$/],
      ['id', /^key-pairs: \S+id: JSON expected\n$/],
      ['null.json', /^key-pairs: \S+null\.json: an object expected\n$/],
    ] as const) {
      const words = [at('examples/key-pair-service/main.mjs'), 'pem', join(dir, name), join(dir, 'no.pem')]
      const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
      assert.equal(status, 2, stderr)
      assert.match(stderr, why)
    }
  } finally {
    await served.close()
    other.close()
  }
})
