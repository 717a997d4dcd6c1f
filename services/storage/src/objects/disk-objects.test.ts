import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { keysOf, objectStoreConformance, temporaryFiles } from '../../test/conformance/object-store.ts'
import { openDiskObjects } from './disk-objects.ts'

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-disk-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const conformance = mkdtemp(join(tmpdir(), 'parley-disk-'))
afterAll(async () => rm(await conformance, { recursive: true, force: true }))
objectStoreConformance('a folder', async () => openDiskObjects({ folder: join(await conformance, 'deep', 'down') }))

describe('a folder of objects', () => {
  test('what a killed process left of a put is swept by its age, and is never seen', async () => {
    const folder = await scratch()
    await mkdir(join(folder, '.partial'))
    await writeFile(join(folder, '.partial', 'left'), 'half of a f')
    await using files = await temporaryFiles()
    const { path, about } = await files.file(10)

    await using young = await openDiskObjects({ folder })
    await young.put('t/a', path, about)
    expect(await keysOf(young, '')).toEqual(['t/a'])
    expect(await readdir(join(folder, '.partial'))).toEqual(['left'])

    await expect
      .poll(async () => {
        await openDiskObjects({ folder, abandonedAfterMs: 1 })
        return readdir(join(folder, '.partial'))
      })
      .toEqual([])
    expect(await keysOf(young, '')).toEqual(['t/a'])
  })

  test('a file of the same disk is not copied', async () => {
    const folder = await scratch()
    await writeFile(join(folder, 'upload'), 'bytes')
    await using store = await openDiskObjects({ folder: join(folder, 'objects') })
    await store.put('t/a', join(folder, 'upload'), { mime: 'text/plain', size: 5 })
    expect((await stat(join(folder, 'objects/t/a'))).ino).toBe((await stat(join(folder, 'upload'))).ino)
  })

  test('a folder that cannot be written to is said', async () => {
    const folder = await scratch()
    await writeFile(join(folder, 'file'), '')
    await expect(openDiskObjects({ folder: join(folder, 'file') })).rejects.toThrow()
  })
})

const run = ([program, ...rest]: string[]) => execFileSync(program!, rest, { stdio: 'ignore' })

/** A disk of 8 MB of its own; undefined where this process may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-small-disk-'))
  for (const as of [[], ['sudo', '-n']])
    try {
      run([...as, 'mount', '-t', 'tmpfs', '-o', 'size=8m,mode=0777', 'parley-small-disk', folder])
      onTestFinished(async () => {
        run([...as, 'umount', folder])
        await rm(folder, { recursive: true })
      })
      return folder
    } catch {}
  await rm(folder, { recursive: true })
  return undefined
}

test('a full disk refuses with a code, keeps nothing of what it refused, and goes on with what it has', async ({
  skip,
}) => {
  const folder = (await smallDisk()) ?? skip('only root can mount a small disk')
  await using files = await temporaryFiles()
  await using store = await openDiskObjects({ folder })
  const small = await files.file(3_000_000)
  await store.put('t/kept', small.path, small.about)

  const large = await files.file(6_000_000)
  for (const key of ['t/new', 't/kept'])
    await expect(store.put(key, large.path, large.about)).rejects.toMatchObject({ code: 'storage_full' })
  expect(await keysOf(store, '')).toEqual(['t/kept'])
  expect(await readdir(join(folder, '.partial'))).toEqual([])
  expect((await buffer(await store.open('t/kept'))).equals(small.bytes)).toBe(true)

  await writeFile(join(folder, 'rest'), Buffer.alloc(8_000_000)).catch(() => {})
  await store.check()
  await openDiskObjects({ folder })
  await rm(join(folder, 'rest'))
  const another = await files.file(3_000_000)
  await store.put('t/new', another.path, another.about)
  expect(await store.size('t/new')).toBe(3_000_000)
})
