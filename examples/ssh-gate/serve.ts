/** `ssh-gate serve CONFIG`: reads the configuration and its secrets, opens the records, and serves. */

import type { AddressInfo } from 'node:net'
import { type ServerType, serve as serveNode } from '@hono/node-server'
import { SetupError } from '../lab/setup-error.ts'
import { type Authenticate, anyOf, bearerAuthenticator, memberAuthenticator } from './authentication.ts'
import type { Config } from './config.ts'
import { addressesIn } from './networks.ts'
import { publishAll } from './publish.ts'
import { createRoutes } from './routes.ts'
import { readSecret } from './secret-file.ts'
import { sftpPush } from './sftp.ts'
import { openStore } from './store.ts'

const AGAIN_MS = 30_000

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** Starts the service. Throws `SetupError`, also for records and a port that are not to be had. */
export async function serve(config: Config): Promise<Served> {
  const authenticate = await authenticationOf(config)
  const seal = await readSecret(config.sealFile)
  const { url, tokenFile } = config.database
  const authToken = tokenFile === undefined ? undefined : await readSecret(tokenFile)
  const store = await openStore({ url, authToken }).catch((error: Error) => {
    throw new SetupError(`database: ${error.message}`)
  })
  const addressesOf = addressesIn(config.manageNetworks)
  const push = sftpPush(seal, addressesOf)
  const onError = (error: unknown): void => console.error(error instanceof Error ? error.message : error)
  const fetch = createRoutes({ store, push, seal, addressesOf, authenticate, places: config.places, onError })
  const { host: hostname, port } = config.listen
  const server = await new Promise<ServerType>((done, fail) => {
    const made = serveNode({ fetch, hostname, port }, () => done(made))
    made.once('error', fail)
  }).catch((error: NodeJS.ErrnoException) => {
    store.close()
    throw new SetupError(`listen: ${hostname}, port ${port}: ${error.code ?? error.message}`)
  })
  // What a gate did not take is offered again, so that a removed key does not stay for ever.
  const again = setInterval(() => void publishAll(store, push, onError), AGAIN_MS)
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${bound}`,
    async close() {
      clearInterval(again)
      await new Promise((done) => server.close(done))
      store.close()
    },
  }
}

async function authenticationOf({ bearer, oidc, projects }: Config): Promise<Authenticate> {
  const ways: Authenticate[] = []
  if (bearer) ways.push(bearerAuthenticator(await readSecret(bearer.file), bearer.project, bearer.role))
  if (oidc) {
    const { oidcAuthenticator } = await import('hawser/ca')
    try {
      ways.push(memberAuthenticator(oidcAuthenticator(oidc), projects))
    } catch (error) {
      throw new SetupError(`oidc: ${(error as Error).message}`)
    }
  }
  return anyOf(ways)
}
