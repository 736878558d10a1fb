/** A table of Azure in memory. */

import assert from 'node:assert/strict'
import type { Table } from '../../examples/zero-trust/stores/azure-table.ts'

/** A table with the codes of the service: 404 not found, 409 there already, 412 changed since. */
export class StandInTable implements Table {
  readonly #entities = new Map<string, { entity: Parameters<Table['createEntity']>[0]; etag: string }>()
  #changes = 0
  conflicts = 0

  #refuse(statusCode: number): never {
    if (statusCode !== 404) this.conflicts++
    throw Object.assign(new Error(`status ${statusCode}`), { statusCode })
  }
  #etag(): string {
    return `W/"${++this.#changes}"`
  }
  #found(partition: string, row: string) {
    return this.#entities.get(`${partition} ${row}`) ?? this.#refuse(404)
  }
  async createEntity(entity: Parameters<Table['createEntity']>[0]) {
    const id = `${entity.partitionKey} ${entity.rowKey}`
    // What no key may hold (Understanding the Table service data model).
    assert.doesNotMatch(id, /[\\/#?]/)
    if (this.#entities.has(id)) this.#refuse(409)
    this.#entities.set(id, { entity, etag: this.#etag() })
  }
  async getEntity(partition: string, row: string) {
    const { entity, etag } = this.#found(partition, row)
    return { ...entity, etag }
  }
  async updateEntity(entity: Parameters<Table['createEntity']>[0], _: 'Replace', { etag }: { etag: string }) {
    const found = this.#found(entity.partitionKey, entity.rowKey)
    if (found.etag !== etag) this.#refuse(412)
    Object.assign(found, { entity, etag: this.#etag() })
  }
  async deleteEntity(partition: string, row: string, { etag }: { etag: string }) {
    if (this.#found(partition, row).etag !== etag) this.#refuse(412)
    this.#entities.delete(`${partition} ${row}`)
  }
  async *listEntities({ queryOptions: { filter } }: { queryOptions: { filter: string } }) {
    const until = /^ends lt '(\d+)'$/.exec(filter)?.[1] ?? assert.fail(filter)
    for (const { entity, etag } of [...this.#entities.values()]) if (entity.ends < until) yield { ...entity, etag }
  }
}
