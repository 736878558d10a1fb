/** What the authority of examples/zero-trust is deployed with: files of settings, and the entries in one module each. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { at } from './support.ts'
import { bundle, ready, textOf as text } from './zero-trust.ts'

// Packages of the example, which are not this folder's.
interface JsoncParser {
  // biome-ignore lint/suspicious/noExplicitAny: a file of settings, looked into below
  parse(text: string, errors: unknown[], options: { readonly allowTrailingComma: boolean }): any
}
interface HclParser {
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  parse(name: string, text: string): Promise<any>
}

test('what it is deployed with can be read, names what the code asks for, and the entries bundle', async (t) => {
  if (!ready(t)) return
  const need = createRequire(at('examples/zero-trust/package.json'))
  const { parse } = need('jsonc-parser') as JsoncParser
  const errors: unknown[] = []
  const wrangler = parse(text('deploy/cloudflare/wrangler.jsonc'), errors, { allowTrailingComma: false })
  assert.deepEqual(errors, [])
  assert.equal(wrangler.main, '../../worker.ts')
  assert.deepEqual(wrangler.migrations[0].new_sqlite_classes, ['AuthorityStore'])
  assert.deepEqual(wrangler.durable_objects.bindings, [{ name: 'STORE', class_name: 'AuthorityStore' }])
  const named = [...Object.keys(wrangler.vars), 'AUTHORITY_KEY', 'HOST_AUTHORITY_KEY']
  // Every setting that has no default.
  const wanted = [...text('authority.ts').matchAll(/needed\(settings, '(\w+)'\)/g)].map(([, name]) => name!)
  const missingThere = wanted.filter((name) => !name.startsWith('AWS_') && !named.includes(name))
  assert.deepEqual(missingThere, [])
  const capnp = text('workerd.capnp')
  for (const name of named) assert.ok(capnp.includes(`"${name}"`), name)

  const deno = JSON.parse(text('deploy/deno/deno.json'))
  const example = JSON.parse(text('package.json'))
  for (const name of ['aws4fetch', 'jose'])
    assert.equal(deno.imports[name], `npm:${name}@${example.dependencies[name]}`)
  assert.deepEqual(deno.unstable, ['kv'])

  const host = JSON.parse(text('deploy/azure/host.json'))
  assert.equal(host.version, '2.0')
  assert.equal(host.extensions.http.routePrefix, '')
  const azure = JSON.parse(text('deploy/azure/package.json'))
  for (const [name, version] of Object.entries(azure.dependencies)) assert.equal(example.devDependencies[name], version)
  const { parse: parseHcl } = need('@cdktf/hcl2json') as HclParser
  const hcl = await parseHcl('main.tf', text('deploy/azure/main.tf'))
  const { app_settings } = hcl.resource.azurerm_function_app_flex_consumption.authority[0]
  for (const name of [
    'AUTHORITY_KEY',
    'HOST_AUTHORITY_KEY',
    'TABLE_CONNECTION',
    'TRUSTED_PROXIES',
    'FORWARDED_HEADER',
  ]) {
    assert.ok(app_settings.includes(name), name)
  }
  await assert.rejects(parseHcl('main.tf', 'resource "a" {'), 'the parser takes anything')

  // The packages of Azure are Node's, and are published beside the bundle.
  const code = await bundle('deploy/azure/function.ts')
  assert.match(code, /from"@azure\/functions"/)
  assert.match(await bundle('worker.ts'), /AuthorityStore/)
})
