/** examples/key-pair-service: signed calls, accounts, answers. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formatPublicKey } from '../../src/index.ts'
import {
  type Answer,
  ed25519,
  everything,
  example,
  importing,
  type Json,
  load,
  md5Of,
  one,
  place,
  refused,
  service,
} from './key-pair-service.ts'
import { at } from './support.ts'

example('the signature is the one of the published example', async () => {
  const { signatureOf, stringToSign } = await load.signature()
  const parameters = new Map([
    ['Timestamp', '2016-02-23T12:46:24Z'],
    ['Format', 'XML'],
    ['AccessKeyId', 'testid'],
    ['Action', 'DescribeRegions'],
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureNonce', '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf'],
    ['Version', '2014-05-26'],
    ['SignatureVersion', '1.0'],
  ])
  assert.equal(
    stringToSign('GET', parameters),
    'GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1' +
      '%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0' +
      '%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26',
  )
  assert.equal(await signatureOf('GET', parameters, 'testsecret'), 'OLeaidS1JvxuMvnyHOwuJ+uX5qY=')
  assert.equal(
    stringToSign(
      'POST',
      new Map([
        ['b', "a b*~!'()/é+"],
        ['B', ''],
      ]),
    ),
    'POST&%2F&B%3D%26b%3Da%2520b%252A~%2521%2527%2528%2529%252F%25C3%25A9%252B',
  )
})

example('the client of the cloud itself is understood, by GET and by POST', async () => {
  const { serve } = await load.serve()
  const { configOf } = await import('../../examples/key-pair-service/config.ts')
  const { readAccessKey } = await import('../../examples/key-pair-service/secret-files.ts')
  const dir = place('vendor')
  const served = await serve(configOf({ listen: { port: 0 } }, dir))
  try {
    const require = createRequire(pathToFileURL(at('examples/key-pair-service/main.mjs')))
    const { RPCClient } = require('@alicloud/pop-core')
    const { id, secret } = await readAccessKey(join(dir, 'access-key.json'))
    const client = new RPCClient({
      endpoint: served.url,
      apiVersion: '2014-05-26',
      accessKeyId: id,
      accessKeySecret: secret,
    })
    const key = await ed25519()
    const line = formatPublicKey(key, { comment: "it's me (at home) * 100% + ~ é" })
    for (const method of ['GET', 'POST']) {
      const given = { RegionId: 'us-west-1', KeyPairName: `by-${method}`, PublicKeyBody: line }
      const answer = await client.request('ImportKeyPair', given, { method })
      assert.equal(answer.KeyPairFingerPrint, md5Of(key))
      await assert.rejects(client.request('ImportKeyPair', given, { method }), { code: 'KeyPair.AlreadyExist' })
    }
    const { TotalCount, KeyPairs } = await client.request('DescribeKeyPairs', { RegionId: 'us-west-1' })
    assert.equal(TotalCount, 2)
    assert.deepEqual(
      KeyPairs.KeyPair.map((pair: Json) => pair.KeyPairName),
      ['by-POST', 'by-GET'],
    )
    const stranger = new RPCClient({
      endpoint: served.url,
      apiVersion: '2014-05-26',
      accessKeyId: id,
      accessKeySecret: 'x',
    })
    await assert.rejects(stranger.request('DescribeKeyPairs', {}), { code: 'SignatureDoesNotMatch' })
  } finally {
    await served.close()
  }
})

example('what is not signed, or was signed before, or for something else, is refused', async () => {
  let now = Date.parse('2026-01-31T12:00:00Z')
  const it = await service('signed', () => now)
  const before = await everything(it)
  const given = { KeyPairName: 'k1', PublicKeyBody: formatPublicKey(await ed25519()) }
  const changed = async (change: (query: URLSearchParams) => void): Promise<Answer> => {
    const query = await it.signed('ImportKeyPair', given)
    change(query)
    return it.get(query)
  }
  for (const name of [
    'AccessKeyId',
    'Signature',
    'SignatureNonce',
    'SignatureMethod',
    'SignatureVersion',
    'Timestamp',
  ]) {
    await refused(
      changed((query) => query.delete(name)),
      'MissingParameter',
      new RegExp(name),
    )
  }
  await refused(
    changed((query) => query.set('KeyPairName', 'k2')),
    'SignatureDoesNotMatch',
  )
  await refused(
    changed((query) => query.set('RegionId', 'cn-qingdao')),
    'SignatureDoesNotMatch',
  )
  await refused(
    changed((query) => query.set('Signature', 'AAAA')),
    'SignatureDoesNotMatch',
  )
  await refused(
    changed((query) => query.append('KeyPairName', 'k2')),
    'InvalidParameter',
    /twice/,
  )
  await refused(
    changed((query) => query.set('SignatureMethod', 'HMAC-SHA256')),
    'InvalidParameter',
  )
  await refused(
    changed((query) => query.set('AccessKeyId', 'HK00')),
    'InvalidAccessKeyId.NotFound',
  )
  await refused(
    changed((query) => query.set('Timestamp', '2026-01-31 12:00:00')),
    'InvalidTimeStamp.Format',
  )
  await refused(
    changed((query) => query.set('Timestamp', '2026-13-31T12:00:00Z')),
    'InvalidTimeStamp.Format',
  )
  const other = new URLSearchParams(await it.signed('ImportKeyPair', given))
  const form = { method: 'POST', body: other }
  await refused(it.send(new Request('http://keys.example/', form)), 'SignatureDoesNotMatch')
  await refused(it.send(new Request('http://keys.example/', { method: 'PUT', body: 'x' })), 'UnsupportedHTTPMethod')
  await refused(it.send(new Request('http://keys.example/v1')), 'InvalidAction.NotFound')
  const huge = new Request('http://keys.example/', { method: 'POST', body: 'x'.repeat(70_000) })
  await refused(it.send(huge), 'InvalidParameter', /octets/)
  for (const minutes of [-15.1, 15.1]) {
    const late = await it.signed('ImportKeyPair', given, it.key, now + minutes * 60_000)
    await refused(it.get(late), 'InvalidTimeStamp.Expired')
  }
  await refused(it.call('DropTables'), 'InvalidAction.NotFound')
  await refused(it.call('DescribeKeyPairs', { Version: '2016-01-01' }), 'NoSuchVersion')
  await refused(it.call('DescribeKeyPairs', { RegionId: 'mars-1' }), 'InvalidRegionId.NotFound')
  await refused(it.call('DescribeKeyPairs', { KeyPairNam: 'x' }), 'UnsupportedParameter', /"KeyPairNam"/)
  await refused(it.call('DescribeKeyPairs', { constructor: 'x' }), 'UnsupportedParameter')
  await refused(it.call('toString'), 'InvalidAction.NotFound')
  assert.equal(await everything(it), before)

  // The same call twice at once, and again for as long as its time stamp holds.
  const query = await it.signed('ImportKeyPair', given, it.key, now + 14 * 60_000)
  const both = await Promise.all([it.get(query), it.get(query)])
  assert.deepEqual(both.map(({ json }) => json.Code ?? 'done').sort(), ['SignatureNonceUsed', 'done'])
  for (const minutes of [14, 28.9]) {
    now = Date.parse('2026-01-31T12:00:00Z') + minutes * 60_000
    await it.call('DescribeKeyPairs')
    await refused(it.get(query), 'SignatureNonceUsed')
  }
  now += 60_000
  await refused(it.get(query), 'InvalidTimeStamp.Expired')
  await it.call('DescribeKeyPairs')
  const [row] = await it.records.rows('SELECT count(*) AS kept FROM nonces')
  assert.ok(Number(row?.kept) < 4, 'those that nobody could use again are not kept')
  assert.deepEqual(it.errors, [])
  it.close()
})

example('an account sees and changes what is its own', async () => {
  const it = await service('accounts')
  const other = await it.another('lab')
  await it.instance('i-main')
  await it.instance('i-lab', 'lab')
  await it.ask('ImportKeyPair', await importing('web'))
  assert.equal((await it.ask('DescribeKeyPairs', {}, other)).TotalCount, 0)
  await refused(it.call('AttachKeyPair', { KeyPairName: 'web', ...one('i-lab') }, other), 'InvalidKeyPairName.NotFound')
  await refused(it.call('DeleteKeyPairs', { KeyPairNames: '["web"]' }, other), 'InvalidKeyPairName.NotFound')
  await refused(it.call('RebootInstance', { InstanceId: 'i-main' }, other), 'InvalidInstanceId.NotFound')
  const answer = await it.ask('AttachKeyPair', { KeyPairName: 'web', ...one('i-lab') })
  assert.equal(answer.FailCount, 1)
  await it.ask('ImportKeyPair', await importing('web'), other)
  await refused(
    it.call('AttachKeyPair', { RegionId: 'cn-qingdao', KeyPairName: 'web', ...one('i-main') }),
    'InvalidKeyPairName.NotFound',
  )
  const listed = (await it.ask('DescribeInstances', {}, other)).Instances as { Instance: Json[] }
  assert.deepEqual(
    listed.Instance.map(({ InstanceId }) => InstanceId),
    ['i-lab'],
  )
  it.close()
})

example('answers in XML where they are asked for', async () => {
  const it = await service('xml')
  await it.ask('ImportKeyPair', await importing('web'))
  const { text, status } = await it.call('AttachKeyPair', { Format: 'XML', KeyPairName: 'web', ...one('i-none') })
  assert.equal(status, 200)
  assert.match(
    text,
    /^<\?xml version="1.0" encoding="UTF-8"\?><AttachKeyPairResponse><RequestId>[0-9A-F-]{36}<\/RequestId>/,
  )
  assert.match(text, /<FailCount>1<\/FailCount><Results><Result><InstanceId>i-none<\/InstanceId><Success>false</)
  const bad = await it.call('CreateKeyPair', { Format: 'XML', KeyPairName: '<x>&' })
  assert.match(bad.text, /<Error><RequestId>.*<Code>InvalidKeyPairName.Malformed<\/Code>.*&lt;x&gt;&amp;/)
  await refused(it.call('DescribeKeyPairs', { Format: 'YAML' }), 'InvalidParameter', /Format/)
  it.close()
})

example('the handler and all that it needs is web-standard', async () => {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    entryPoints: [at('examples/key-pair-service/handler.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  assert.deepEqual(
    imports.filter(({ external }) => external).map(({ path }) => path),
    [],
  )
  assert.ok(Object.keys(metafile.inputs).some((path) => path.endsWith('key-pair-service/instances.ts')))
})
