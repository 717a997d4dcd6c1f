import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Actor, Attachment, Policy, SendKey } from '@parley/contracts'
import { runDueJobs } from '@parley/database'
import type { OpenedDatabase } from '@parley/database/testing'
import { createLogger, createMeters, createMetrics } from '@parley/runtime'
import type { MessageLink } from '../src/domain/ports/store.ts'
import type { Inspect, ObjectStore, PreviewOf, VirusScanner } from '../src/domain/ports.ts'
import { createStorage, type Storage } from '../src/domain/storage.ts'
import type { FileUpload } from '../src/domain/uploads/keep-file.ts'
import { createIncomingFiles } from '../src/incoming/incoming-files.ts'
import { createLinks } from '../src/links.ts'
import { createMeter, type StorageMeter } from '../src/meter.ts'
import { newId } from '../src/new-id.ts'
import { openDiskObjects } from '../src/objects/disk-objects.ts'
import { createStore, type StorageStore } from '../src/store/store.ts'
import { createFakeAuthority, type FakeAuthority } from './fake-authority.ts'

type Rules = Policy['attachments']

export const RULES: Rules = {
  types: ['image/*', 'audio/*', 'text/plain'],
  maxBytes: 1_000_000,
  maxCount: 10,
  maxBytesByType: {},
  userQuotaBytes: null,
  tenantQuotaBytes: null,
  linkPreviews: false,
}

export interface TestWorld extends OpenedDatabase, Storage {
  /** What the service is made of, for another one over the same. */
  deps: Parameters<typeof createStorage>[0]
  store: StorageStore
  objects: ObjectStore
  authority: FakeAuthority
  /** A user of a tenant of this test alone, and others of it. */
  people<Name extends string>(...names: Name[]): { tenantId: string } & Record<Name, Actor>
  /** Uploads a text into the conversation. */
  upload(actor: Actor, conversationId: string, content: string, more?: Partial<FileUpload>): Promise<Attachment>
  meter: StorageMeter
  /** For files on their way in. */
  folder: string
  /** What `/metrics` says of this service, by name and label. */
  metrics(): Promise<Record<string, number>>
  /** What the scanner says from now on; undefined: it is out of reach. */
  scanner: { verdict: Awaited<ReturnType<VirusScanner['scan']>> | undefined }
  /** A second service over the same, with a scanner. */
  scanning: Storage
  /** A third, which makes cards of links, without asking for any page. */
  previewing: Storage
  /** Does what is due now. Returns how many jobs there were. */
  runJobs(): Promise<number>
  /** Moves everything that was stored so long into the past. */
  later(ms: number): Promise<void>
  /** Object keys of a tenant. */
  keysOf(tenantId: string): Promise<string[]>
  read(actor: Actor, attachmentId: string): Promise<string>
}

const METRICS = 'parley_storage_'

/** Takes every text for what it says it is, without looking. */
const inspect: Inspect = async (file) => ({
  path: file.path,
  mime: file.mime ?? 'text/plain',
  size: file.size,
  sha256: file.sha256,
  name: file.name,
  kind: file.mime?.startsWith('audio/') ? 'audio' : file.mime?.startsWith('image/') ? 'image' : 'file',
  width: null,
  height: null,
  durationMs: null,
  placeholder: null,
  variants: [],
})

/** Every address has a page with a picture, but those that end in `none`. */
const previewOf: PreviewOf = async (url, { folder }) => {
  if (url.endsWith('none')) return null
  const content = `picture of ${url}`
  const path = join(folder, randomUUID())
  await writeFile(path, content)
  const received = { path, name: 'picture.png', mime: 'image/png', size: content.length, sha256: sha256(content) }
  const imageFile = await inspect(received, { folder, isAllowed: () => true })
  return { title: `Page of ${url}`, description: null, siteName: null, imageFile }
}

export async function createTestWorld(open: () => Promise<OpenedDatabase>): Promise<TestWorld> {
  const opened = await open()
  const folder = await mkdtemp(join(tmpdir(), 'parley-storage-'))
  const objects = await openDiskObjects({ folder: join(folder, 'objects') })
  const store = createStore({ database: opened.database })
  const authority = createFakeAuthority()
  const registry = createMetrics()
  const meter = createMeter({
    ...createMeters(registry),
    incomingBytes: () => 0,
    pendingScans: () => store.countPending(),
  })
  const scanner: TestWorld['scanner'] = { verdict: { clean: true } }
  const incoming = createIncomingFiles({
    folder: join(folder, 'incoming'),
    log: createLogger({ name: 'test', level: 'silent' }),
  })
  await incoming.start()
  const deps: TestWorld['deps'] = {
    ...{ store, objects, inspect, authority, newId },
    ...{ links: createLinks([Buffer.alloc(32, 1)]), incoming, tally: meter },
  }
  const storage = createStorage(deps)
  const scanning = createStorage({
    ...deps,
    scanner: {
      async scan(bytes) {
        await text(bytes)
        if (!scanner.verdict) throw Object.assign(new Error('The scanner is away'), { code: 'unavailable' })
        return scanner.verdict
      },
      check: async () => {},
    },
  })
  const previewing = createStorage({ ...deps, previewOf })
  let tenants = 0
  return {
    ...opened,
    ...storage,
    ...{ deps, store, objects, authority, scanner, scanning, previewing, meter, folder },
    async metrics() {
      const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(METRICS))
      const read = lines.map((line) => line.slice(METRICS.length).split(/ (?=\S+$)/))
      return Object.fromEntries(read.map(([name, value]) => [name, Number(value)]))
    },
    people: (...names) => {
      const tenantId = `tenant-${++tenants}`
      const actors = names.map((name) => [name, actorOf(tenantId, name)])
      return { tenantId, ...Object.fromEntries(actors) }
    },
    upload: (actor, conversationId, content, more) => uploadWith(storage, folder, actor, conversationId, content, more),
    runJobs: () =>
      runDueJobs({
        queue: store.jobs,
        handlers: {
          async scan({ tenantId, key, payload }: { tenantId: string; key: string; payload: { tells?: boolean } }) {
            await scanning.scan(tenantId, key, payload)
            return undefined
          },
          async verdict({
            tenantId,
            key,
            payload,
          }: {
            tenantId: string
            key: string
            payload: { signature: string | null }
          }) {
            await storage.tellVerdict(tenantId, key, payload.signature)
            return undefined
          },
          async hear_deleted({
            tenantId,
            key,
            payload,
          }: {
            tenantId: string
            key: string
            payload: { attachmentIds: string[] }
          }) {
            await storage.hear.deleted(tenantId, key, payload.attachmentIds)
            return undefined
          },
          async preview({ tenantId, payload }: { tenantId: string; payload: MessageLink }) {
            await previewing.linkPreviews.make(tenantId, payload, { folder })
            return undefined
          },
        } as never,
        onFailed: () => {},
      }),
    async later(ms) {
      const by = `- ${ms} * interval '1 millisecond'`
      await opened.asOwner(`UPDATE attachments SET due_at = due_at ${by}, claimed_at = claimed_at ${by}`)
      await opened.asOwner(`UPDATE blobs SET due_at = due_at ${by}, kept_until = kept_until ${by}`)
      await opened.asOwner(`UPDATE doomed_objects SET run_at = run_at ${by}`)
      await opened.asOwner(`UPDATE jobs SET run_at = run_at ${by}`)
    },
    async keysOf(tenantId) {
      const keys: string[] = []
      for await (const key of objects.keys(`${tenantId}/`, new Date(Date.now() + 60_000))) keys.push(key)
      return keys
    },
    async read(actor, attachmentId) {
      const { objectKey } = await storage.openContent(actor, { attachmentId })
      return text(await objects.open(objectKey))
    },
    async [Symbol.asyncDispose]() {
      await incoming.close()
      await objects[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Uploads a text as `POST /attachments` does. */
export async function uploadWith(
  { keepFile }: Pick<Storage, 'keepFile'>,
  folder: string,
  actor: Actor,
  conversationId: string,
  content: string,
  more: Partial<FileUpload> & { mime?: string } = {},
): Promise<Attachment> {
  const incoming = join(folder, randomUUID())
  await mkdir(incoming)
  const path = join(incoming, 'file')
  await writeFile(path, content)
  try {
    const { mime = 'text/plain', ...upload } = more
    return await keepFile(
      actor,
      { purpose: 'message', conversationId, rules: RULES, folder: incoming, ...upload },
      { path, name: 'note.txt', mime, size: Buffer.byteLength(content), sha256: sha256(content) },
    )
  } finally {
    await rm(incoming, { recursive: true })
  }
}

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')

function actorOf(tenantId: string, userId: string): Actor {
  return { tenantId, userId, name: null, avatarUrl: null, role: 'user', hostRole: null }
}

export const keyOf = (conversationId: string, sender: Actor, clientId: string = randomUUID()): SendKey => ({
  conversationId,
  senderId: sender.userId,
  clientId,
})
