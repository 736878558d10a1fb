/** The token of a host, by its own secret: `node host-token.ts NAME` with ISSUER, AUDIENCE and SECRET_FILE. */

import { readFileSync } from 'node:fs'

const [name = ''] = process.argv.slice(2)
const { ISSUER = '', AUDIENCE = '', SECRET_FILE = '' } = process.env
const basic = Buffer.from(`${name}:${readFileSync(SECRET_FILE, 'utf8').trim()}`).toString('base64')
const answer = await fetch(`${ISSUER}/token`, {
  method: 'POST',
  headers: { authorization: `Basic ${basic}` },
  body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
})
const { access_token, error } = (await answer.json()) as { access_token?: string; error?: string }
if (access_token === undefined) throw new Error(`no token for ${name}: ${error}`)
console.log(access_token)
