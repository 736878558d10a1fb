/** The store on Azure: a table of Azure Storage, whose entities are created once and changed by their ETag. */

import type { Store } from 'hawser/ca'

interface Entity {
  partitionKey: string
  rowKey: string
  value: string
  /** Milliseconds since 1970, as text: the service's own integers have 32 bits. */
  ends: string
}

/** What is used of `TableClient` of `@azure/data-tables`. */
export interface Table {
  createEntity(entity: Entity): Promise<unknown>
  // biome-ignore lint/suspicious/noExplicitAny: the client's own type of an entity has a parameter
  getEntity(partitionKey: string, rowKey: string): Promise<any>
  updateEntity(entity: Entity, mode: 'Replace', options: { etag: string }): Promise<unknown>
  deleteEntity(partitionKey: string, rowKey: string, options: { etag: string }): Promise<unknown>
  listEntities(options: { queryOptions: { filter: string } }): AsyncIterable<object>
}

const ATTEMPTS = 50

/** Whether the service answered so: 404 not there, 409 there already, 412 changed meanwhile. */
const isStatus = (error: unknown, ...statuses: number[]): boolean => statuses.includes(Number(Object(error).statusCode))

export function azureTableStore(table: Table): Store {
  const keys = (key: string) => ({ partitionKey: /^[a-z]+/.exec(key)?.[0] ?? 'other', rowKey: key })

  async function look(key: string): Promise<(Entity & { readonly etag: string }) | undefined> {
    const { partitionKey, rowKey } = keys(key)
    try {
      return (await table.getEntity(partitionKey, rowKey)) as Entity & { readonly etag: string }
    } catch (error) {
      if (isStatus(error, 404)) return undefined
      throw error
    }
  }
  /** Puts it in the place of what was found; false where somebody else was faster. */
  async function put(
    key: string,
    found: { readonly etag: string } | undefined,
    value: string,
    ends: number,
  ): Promise<boolean> {
    const entity = { ...keys(key), value, ends: String(ends) }
    try {
      if (found) await table.updateEntity(entity, 'Replace', { etag: found.etag })
      else await table.createEntity(entity)
      return true
    } catch (error) {
      if (isStatus(error, 404, 409, 412)) return false
      throw error
    }
  }
  const lives = (found: Entity | undefined): found is Entity => found !== undefined && Number(found.ends) > Date.now()
  return {
    scope: 'shared',
    async get(key) {
      const found = await look(key)
      return lives(found) ? found.value : undefined
    },
    async putIfAbsent(key, value, seconds) {
      const found = await look(key)
      return !lives(found) && put(key, found, value, Date.now() + seconds * 1000)
    },
    async count(key, seconds) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const found = await look(key)
        const sum = lives(found) ? Number(found.value) + 1 : 1
        const ends = lives(found) ? Number(found.ends) : Date.now() + seconds * 1000
        if (await put(key, found, String(sum), ends)) return sum
      }
      throw new Error('too many count the same')
    },
  }
}

/** Deletes what is over, which Azure does not: to be called by a timer. Gives how many there were. */
export async function sweepAzureTable(table: Table): Promise<number> {
  let swept = 0
  // Digits of the same number compare as text as they do as numbers, until the year 2286.
  for await (const entity of table.listEntities({ queryOptions: { filter: `ends lt '${Date.now()}'` } })) {
    const { partitionKey, rowKey, etag } = entity as Entity & { etag: string }
    await table.deleteEntity(partitionKey, rowKey, { etag }).catch((error: unknown) => {
      if (!isStatus(error, 404, 412)) throw error
    })
    swept++
  }
  return swept
}
