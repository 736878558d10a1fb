/** What `npm start --` takes in the examples that make networks. It is judged before anything is installed or started. */
const usage = `usage: npm start [-- --loopback]

  --loopback  all on 127.0.0.1, also where each machine could have an address of its own
  --help      this`

const given = process.argv.slice(2)
if (given.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
const unknown = given.find((word) => word !== '--loopback')
if (unknown !== undefined) {
  console.error(`${JSON.stringify(unknown)}: unknown\n${usage}`)
  process.exit(2)
}
