/** `node run.mjs FILE ARGUMENT…`: runs a TypeScript file. Node 20 strips no types: there tsx does. */
import { pathToFileURL } from 'node:url'

if (!process.features.typescript) (await import('tsx/esm/api')).register()
process.argv.splice(1, 1)
await import(pathToFileURL(process.argv[1]).href)
