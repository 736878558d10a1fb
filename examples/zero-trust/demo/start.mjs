/** `npm start` */
import '../../lab/demo-arguments.mjs'
import '../../lab/library.mjs'

// Node 20 strips no types from TypeScript: there tsx does.
if (!process.features.typescript) (await import('tsx/esm/api')).register()
await import('./main.ts')
