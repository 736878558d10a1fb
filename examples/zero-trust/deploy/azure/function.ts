/** Entry for Azure Functions: one function for all routes, and one that sweeps the table. */

import { TableClient } from '@azure/data-tables'
import { app } from '@azure/functions'
import { sweepAzureTable } from '../../stores/azure-table.ts'
import { makeHandler } from './handler.ts'

const { TABLE_CONNECTION = '', TABLE_NAME = 'authority' } = process.env
const table = TableClient.fromConnectionString(TABLE_CONNECTION, TABLE_NAME)
const handler = makeHandler(process.env, table)

app.http('authority', {
  route: '{*path}',
  methods: ['GET', 'POST'],
  // Who may have what, the authority decides.
  authLevel: 'anonymous',
  handler: (request) => handler(request as never),
})
app.timer('sweep', {
  schedule: '0 */10 * * * *',
  handler: async (_, context) => context.log(`swept: ${await sweepAzureTable(table)}`),
})
