/**
 * A client that believes what it gets: logs in, asks the authority for a certificate of some seconds, and writes key and
 * certificate into files without a look at them. `node careless.ts FILE` with AUTHORITY_URL, BROWSER, SECONDS.
 */

import { writeFileSync } from 'node:fs'
import { formatPrivateKey, generateKey } from 'hawser'
import { authorityClient, browserTokenSource, signStatement } from 'hawser/ca'
import { allTypes } from 'hawser/keys'
import { openBrowser, receiveRedirect, writeFileAtomic } from 'hawser/node'

const [file = ''] = process.argv.slice(2)
const url = process.env.AUTHORITY_URL ?? ''
const login = await authorityClient({ url, types: allTypes }).login()
const { token } = await browserTokenSource({ ...login, openBrowser, receiveRedirect })({})
const key = await generateKey()
const ask = { kind: 'user', lifetime: Number(process.env.SECONDS) } as const
const time = Math.floor(Date.now() / 1000)
const answer = await fetch(`${url}/v1/user`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify(await signStatement(key, ask, { url: `${url}/v1/user`, token, time })),
})
const { certificate, error } = (await answer.json()) as { certificate?: string; error?: { message: string } }
if (certificate === undefined) throw new Error(error?.message)
await writeFileAtomic(file, await formatPrivateKey(key))
writeFileSync(`${file}-cert.pub`, certificate)
