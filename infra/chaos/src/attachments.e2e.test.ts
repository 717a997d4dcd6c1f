import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir, stat, utimes } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Cluster, startCluster } from '@parley/cluster'
import type { Attachment, Conversation } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import pg from 'pg'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callRest } from './rest.ts'

/** The bench has a hundred of 20 MB. */
const LARGE = { uploads: 25, megabytes: 8, mostGrowth: 100 }

/** Long ago for everything that waits. */
const AGED = `
  UPDATE storage.blobs SET due_at = due_at - interval '2 days', kept_until = kept_until - interval '2 days';
  UPDATE storage.attachments SET due_at = due_at - interval '2 days';
  UPDATE storage.doomed_objects SET run_at = run_at - interval '2 days'`

// Needs the built services. One of two storage processes, which share a folder, is killed as by kill -9.
describe('storage that is killed', () => {
  const jwtSecret = randomBytes(32).toString('hex')
  const identity = readConfig(Type.Object(identitySettings), { NODE_ENV: 'test', JWT_SECRET: jwtSecret })
  const authorization = `Bearer ${signDevelopmentToken({ userId: 'ana', role: 'customer' }, identity)}`
  let cluster: Cluster
  let conversationId: string

  beforeAll(async () => {
    cluster = await startCluster({
      ...{ conversations: 1, gateways: 1, storages: 2 },
      env: { NODE_ENV: 'test', LOG_LEVEL: 'warn', JWT_SECRET: jwtSecret },
    })
    const body = { kind: 'direct', participants: [{ userId: 'ben' }] }
    const created = await callRest<Conversation>(cluster.url, authorization.slice(7), 'POST', '/conversations', body)
    if (!created.ok) throw new Error(created.code)
    conversationId = created.data.id
  }, 120_000)
  afterAll(() => cluster?.stop())

  const processOf = (name: string) => cluster.processes.find((process) => process.name === name)!
  const urlOf = (name: string, path: string) => new URL(`/v1${path}`, processOf(name).url)
  const folderOf = (name: string) => join(cluster.dataFolder, 'attachments', name)
  const text = (size: number) => Buffer.from(randomBytes(size).toString('base64').slice(0, size))
  const formOf = (bytes: Buffer) => {
    const form = new FormData()
    form.append('conversationId', conversationId)
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'text/plain' }), 'a.txt')
    return form
  }
  const upload = (name: string, bytes: Buffer, key: string = randomUUID()) =>
    fetch(urlOf(name, '/attachments'), {
      method: 'POST',
      headers: { authorization, 'idempotency-key': key },
      body: formOf(bytes),
    })
  async function kept(response: Response): Promise<Attachment> {
    expect(response.status).toBe(201)
    const { data } = (await response.json()) as { data: { attachment: Attachment }[] }
    return data[0]!.attachment
  }
  async function expectContent(id: string, bytes: Buffer) {
    const content = await fetch(urlOf('storage-2', `/attachments/${id}/content`), { headers: { authorization } })
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true)
  }
  /** Files below a folder; not those that are seen by nobody, with which a process tries whether it can write. */
  async function filesIn(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('/.partial'))
      .map(({ parentPath, name }) => join(parentPath, name))
  }
  async function query(sql: string) {
    const client = new pg.Client(cluster.postgres.url)
    await client.connect()
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }
  const rows = async () => Number((await query('SELECT count(*) AS n FROM storage.attachments')).rows[0].n)

  test('between the bytes and what is known of them: nothing is seen of it, and the retry is the one upload', async () => {
    await processOf('storage-1').restart({ PARLEY_FAILPOINTS: 'storage.put:1' })
    const bytes = text(300_000)
    const key = randomUUID()
    await expect(upload('storage-1', bytes, key)).rejects.toThrow()
    expect(await rows()).toBe(0)
    expect(await filesIn(folderOf('objects'))).toHaveLength(1)

    const attachment = await kept(await upload('storage-2', bytes, key))
    await expectContent(attachment.id, bytes)
    expect(await rows()).toBe(1)
    expect(await filesIn(folderOf('objects'))).toHaveLength(1)
    await processOf('storage-1').restart()
    expect(await kept(await upload('storage-1', bytes, key))).toEqual(attachment)
  })

  test('in mid-upload: what came is nowhere to be had, the retry works, and the rest goes', async () => {
    const before = await filesIn(folderOf('objects'))
    const bytes = text(2_000_000)
    const whole = new Response(formOf(bytes))
    const body = Buffer.from(await whole.arrayBuffer())
    const { hostname, port } = new URL(processOf('storage-1').url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    const head = [
      ...['POST /v1/attachments HTTP/1.1', `host: ${hostname}`, `authorization: ${authorization}`],
      ...[`content-type: ${whole.headers.get('content-type')}`, `content-length: ${body.length}`],
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.write(body.subarray(0, 1_000_000))
    const arrived = async () => {
      const sizes = await Promise.all(
        (await filesIn(folderOf('incoming'))).map(async (file) => (await stat(file)).size),
      )
      return sizes.reduce((sum, size) => sum + size, 0)
    }
    await expect.poll(arrived).toBeGreaterThan(500_000)
    await processOf('storage-1').kill('SIGKILL')
    socket.destroy()

    expect(await filesIn(folderOf('objects'))).toEqual(before)
    const { id } = await kept(await upload('storage-2', bytes))
    await expectContent(id, bytes)
    // what it left goes when nothing was heard of it for some minutes
    for (const name of await readdir(folderOf('incoming'))) await utimes(join(folderOf('incoming'), name), 0, 0)
    await processOf('storage-1').restart()
    expect(await filesIn(folderOf('incoming'))).toEqual([])
  })

  test('in mid-upload of one that can be resumed: it goes on at another process where it was', async () => {
    const bytes = text(2_000_000)
    const base64 = (value: string) => Buffer.from(value).toString('base64')
    const metadata = Object.entries({ filename: 'a.txt', filetype: 'text/plain', conversationId })
    const tus = { authorization, 'tus-resumable': '1.0.0' }
    const begun = await fetch(urlOf('storage-1', '/attachments/resumable'), {
      method: 'POST',
      headers: {
        ...{ ...tus, 'upload-length': String(bytes.length) },
        'upload-metadata': metadata.map(([name, value]) => `${name} ${base64(value)}`).join(),
      },
    })
    const at = begun.headers.get('location')!.replace('/v1', '')
    const { hostname, port } = new URL(processOf('storage-1').url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    const type = 'application/offset+octet-stream'
    const head = Object.entries({
      ...tus,
      host: hostname,
      'upload-offset': 0,
      'content-type': type,
      'content-length': 2e6,
    })
    socket.write(`PATCH /v1${at} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`)
    socket.write(bytes.subarray(0, 1_000_000))
    const file = join(folderOf('resumable'), at.split('/').at(-1)!)
    await expect.poll(async () => (await stat(file)).size).toBeGreaterThan(500_000)
    await processOf('storage-1').kill('SIGKILL')
    socket.destroy()

    const asked = await fetch(urlOf('storage-2', at), { method: 'HEAD', headers: tus })
    const offset = Number(asked.headers.get('upload-offset'))
    expect(offset).toBeGreaterThan(500_000)
    const last = await fetch(urlOf('storage-2', at), {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': String(offset), 'content-type': type },
      body: new Uint8Array(bytes.subarray(offset)),
    })
    expect(last.status).toBe(204)
    await expectContent(last.headers.get('attachment-id')!, bytes)
    await processOf('storage-1').restart()
  })

  test('is not filled by many large uploads at once: they go past its memory', async () => {
    const { pid } = processOf('storage-2')
    const resident = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
    await kept(await upload('storage-2', text(LARGE.megabytes * 2 ** 20)))
    const before = resident()
    let most = before
    const timer = setInterval(() => {
      most = Math.max(most, resident())
    }, 20)
    const line = Buffer.alloc(2 ** 20, 'all is well\n')
    /** A form that is made while it is sent, so that this process holds none either. */
    async function* formWith(first: string) {
      const disposition = 'content-disposition: form-data; name='
      yield Buffer.from(`--b\r\n${disposition}"conversationId"\r\n\r\n${conversationId}\r\n`)
      yield Buffer.from(`--b\r\n${disposition}"file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n${first}`)
      for (let i = 0; i < LARGE.megabytes; i++) yield line
      yield Buffer.from('\r\n--b--\r\n')
    }
    const uploads = Array.from({ length: LARGE.uploads }, () =>
      fetch(urlOf('storage-2', '/attachments'), {
        ...{ method: 'POST', duplex: 'half' },
        headers: { authorization, 'content-type': 'multipart/form-data; boundary=b' },
        body: Readable.toWeb(Readable.from(formWith(`${randomUUID()}\n`))) as ReadableStream,
      } as RequestInit).then(kept),
    )
    const attachments = await Promise.all(uploads).finally(() => clearInterval(timer))
    expect(new Set(attachments.map(({ id }) => id)).size).toBe(LARGE.uploads)
    // holding them would take twice as much at least
    expect(Math.round(most - before)).toBeLessThan(LARGE.mostGrowth)
  }, 240_000)

  test('leaves nothing that is not collected', async () => {
    const { length: before } = await filesIn(folderOf('objects'))
    await processOf('storage-1').restart({ PARLEY_FAILPOINTS: 'storage.put:1' })
    await expect(upload('storage-1', text(100_000))).rejects.toThrow()
    await processOf('storage-1').restart()
    expect(await filesIn(folderOf('objects'))).toHaveLength(before + 1)
    const left = async () => {
      await query(AGED)
      return [await rows(), await filesIn(folderOf('objects'))]
    }
    await expect.poll(left, { timeout: 200_000, interval: 1_000 }).toEqual([0, []])
  }, 240_000)
})
