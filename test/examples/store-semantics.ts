/** What a store of an authority does, told as data. It is bundled into other runtimes, so that it imports nothing. */

interface Store {
  get(key: string): Promise<string | undefined>
  putIfAbsent(key: string, value: string, seconds: number): Promise<boolean>
  count(key: string, seconds: number): Promise<number>
}

export async function tellSemantics(store: Store): Promise<unknown[]> {
  const told: unknown[] = [
    await store.putIfAbsent('proof:one', 'one', 600),
    await store.putIfAbsent('proof:one', 'two', 600),
    (await store.get('proof:one')) ?? null,
    (await store.get('proof:two')) ?? null,
    await store.count('address:one', 600),
    await store.count('address:one', 600),
  ]
  // At the same time: each a number of its own, and one that is first.
  const eight = Array.from({ length: 8 }, (_, i) => i)
  const sums = await Promise.all(eight.map(() => store.count('identity:eight', 600)))
  told.push(sums.sort((a, b) => a - b))
  const firsts = await Promise.all(eight.map((i) => store.putIfAbsent('proof:eight', String(i), 600)))
  told.push(firsts.filter((first) => first).length)
  // What is over is as if it had never been.
  await store.putIfAbsent('proof:short', '1', 1)
  await store.count('identity:short', 1)
  await new Promise((done) => setTimeout(done, 3100))
  told.push(await store.putIfAbsent('proof:short', '1', 600), await store.count('identity:short', 600))
  await store.count('identity:one', 600)
  return told
}
