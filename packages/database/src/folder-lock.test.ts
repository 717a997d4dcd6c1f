import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFolder } from './folder-lock.ts'

let folder: string
let children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-lock-'))
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await rm(folder, { recursive: true })
})

/** Another process that holds the folder. */
async function holder(): Promise<ChildProcess> {
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)}
    await lockFolder(${JSON.stringify(folder)})
    console.log('locked')
    setInterval(() => {}, 1_000)`
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=source', '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  await once(child.stdout!, 'data')
  return child
}
const path = () => join(folder, 'parley.lock')
const age = (seconds: number) => utimes(path(), Date.now() / 1_000 - seconds, Date.now() / 1_000 - seconds)

test('a second process is refused, one that was killed is followed at once', async () => {
  const other = await holder()
  await expect(lockFolder(folder)).rejects.toThrow(/Another process uses the data/)
  other.kill('SIGKILL')
  await once(other, 'exit')
  const release = await lockFolder(folder)
  await release()
})

test('a process that is only paused keeps its folder, however long', async () => {
  const other = await holder()
  other.kill('SIGSTOP')
  await age(3_600)
  await expect(lockFolder(folder)).rejects.toThrow(/Another process uses the data/)
})

test('whoever lets go leaves the folder free, and the same process cannot take it twice', async () => {
  const release = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toThrow(/Another process uses the data/)
  await release()
  expect(await readdir(folder)).toEqual([])
  const again = await lockFolder(folder)
  await again()
})

test('of many who find a dead one’s lock, one gets the folder', async () => {
  for (let round = 0; round < 5; round++) {
    await writeFile(path(), JSON.stringify({ host: hostname(), pid: process.pid, startedAt: 'an earlier life' }))
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    const taken = results.filter((r) => r.status === 'fulfilled')
    expect(taken).toHaveLength(1)
    for (const { value: release } of taken) await release()
  }
})

test('a holder on another host is told by its heartbeat', async () => {
  await writeFile(path(), JSON.stringify({ host: 'another', pid: process.pid, startedAt: null }))
  await expect(lockFolder(folder)).rejects.toThrow(/Another process uses the data/)
  await age(60)
  const release = await lockFolder(folder)
  // and when it comes back, what it lets go of is not ours
  await writeFile(path(), 'of another host')
  await release()
  expect(await readdir(folder)).toEqual(['parley.lock'])
})
