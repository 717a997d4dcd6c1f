import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import multipart from '@fastify/multipart'
import files from '@fastify/static'
import { fastify } from 'fastify'
import { listenForParent } from './serve.ts'

/** The usual beginning: what is uploaded is streamed to a file, and @fastify/static hands it out. No hash, no look at it, no fsync. */
const folder = await mkdtemp(join(process.env.BENCH_FOLDER ?? tmpdir(), 'parley-bench-files-'))
const app = fastify()
await app.register(multipart, { limits: { fileSize: 1024 ** 3 } })
await app.register(files, { root: folder, prefix: '/files/' })
app.post('/upload', async (request) => {
  const file = await request.file()
  const name = randomUUID()
  await pipeline(file!.file, createWriteStream(join(folder, name)))
  return { url: `/files/${name}` }
})
await app.ready()
process.on('SIGTERM', () => {
  void rm(folder, { recursive: true, force: true }).finally(() => process.exit())
})
listenForParent(app.server)
