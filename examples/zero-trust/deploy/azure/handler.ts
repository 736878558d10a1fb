/** The authority as a handler of Azure Functions, with the store and `blocked.json` in a table. */

import type { Authority } from 'hawser/ca'
import { makeAuthority, type Settings } from '../../authority.ts'
import { azureTableStore, type Table } from '../../stores/azure-table.ts'

/** What is used of `HttpRequest` of `@azure/functions`. */
type AzureRequest = Parameters<Authority['fetch']>[0]

export interface AzureAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

export function makeHandler(settings: Settings, table: Table): (request: AzureRequest) => Promise<AzureAnswer> {
  const blocked = async (): Promise<string> => (await table.getEntity('data', 'blocked.json')).value
  let making: Promise<Authority> | undefined
  return async (request) => {
    making ??= makeAuthority(settings, { store: azureTableStore(table), blocked })
    try {
      const authority = await making
      // Nobody but the platform's own front end connects. It adds the caller to x-forwarded-for, at its right end;
      // TRUSTED_PROXIES and FORWARDED_HEADER have the authority read it there.
      const answer = (await authority.fetch(request, { remoteAddress: '127.0.0.1' })) as Response
      const { status, headers } = answer
      return { status, headers: Object.fromEntries(headers), body: new Uint8Array(await answer.arrayBuffer()) }
    } catch (error) {
      // The next request tries again.
      making = undefined
      throw error
    }
  }
}
