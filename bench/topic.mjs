/** Child process of `run.mjs`: measures the rows of one topic, or those that are named, and sends each to its parent. */
import { readFixtures } from './fixtures.mjs'
import { alternate } from './measure.mjs'

const [topic, dir, ...only] = process.argv.slice(2)
const { rows } = await import(`./rows/${topic}.mjs`)
for (const { name, ours, peers, targets = {} } of await rows(readFixtures(dir))) {
  if (only.length > 0 && !only.includes(name)) continue
  const { ours: own, ...others } = await alternate({ ours, ...peers })
  const ratios = Object.fromEntries(Object.entries(others).map(([peer, ms]) => [peer, ms / own]))
  process.send({ topic, name, perSecond: 1000 / own, ratios, targets })
}
process.disconnect()
