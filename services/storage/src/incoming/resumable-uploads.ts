import { createHash, randomUUID } from 'node:crypto'
import { type Actor, type Attachment, type ErrorCode, ParleyError } from '@parley/contracts'
import { Server, type Upload } from '@tus/server'
import { isFinal } from '../domain/uploads/unfit.ts'
import type { ResumableStore } from './resumable-store.ts'

/** As many as one user may have begun and not finished. */
const MAX_UNFINISHED = 50
/** `<whose>.<uuid>`; whoever it belongs to is found in it without looking. */
const ID = /^[A-Za-z0-9_-]{22}\.[0-9a-f-]{36}$/

/** What its sender said of a file, in tus' metadata. */
export type SaidOfFile = Record<string, string>

export interface ResumableFile {
  said: SaidOfFile
  size: number
}

export interface ResumableUploadsDeps {
  store: ResumableStore
  /** Where they are, without a slash at the end. */
  path: string
  /** Refuses what may not be uploaded. `waiting` are the bytes of what else the actor has begun and not finished. */
  admit(actor: Actor, file: ResumableFile, waiting: number): Promise<void>
  /** Makes an attachment of what has come; with the same key again the same. */
  keep(actor: Actor, file: ResumableFile & { path: string; sha256: string }, key: string): Promise<Attachment>
  /** What was made with that key. */
  kept(actor: Actor, key: string): Promise<Attachment | undefined>
}

export interface ResumableUploads {
  /** Answers a request of the tus protocol (version 1.0.0). Throws what is refused. */
  answer(actor: Actor, request: Request): Promise<Response>
}

interface Context {
  actor: Actor
  refused?: unknown
}

/**
 * Resumable uploads (https://tus.io/protocols/resumable-upload, 1.0.0) with creation, creation-with-upload, termination and expiration. They
 * belong to whoever began them: to everybody else there are none. The answer that ends one names its attachment in `attachment-id`; so
 * does HEAD afterwards, for whoever lost that answer, and for uploads whose process died between the last byte and the attachment.
 */
export function createResumableUploads({ store, path, admit, keep, kept }: ResumableUploadsDeps): ResumableUploads {
  const contexts = new WeakMap<object, Context>()
  const contextOf = (request: object) => contexts.get(request) as Context

  /** The last bytes are there; perhaps since long, and an attachment was made of them. */
  async function finish(actor: Actor, { id, size = 0, metadata }: Upload): Promise<Record<string, string>> {
    const before = await kept(actor, keyOf(id))
    if (before) return { 'attachment-id': before.id }
    await using whole = await store.whole(id)
    if (!whole) {
      const meanwhile = await kept(actor, keyOf(id))
      if (meanwhile) return { 'attachment-id': meanwhile.id }
      throw noUpload()
    }
    const { path: at, sha256 } = whole
    try {
      const { id: attachmentId } = await keep(actor, { said: saidIn(metadata), size, path: at, sha256 }, keyOf(id))
      // What stays when this fails ends by itself.
      await store.finish(id).catch(() => {})
      return { 'attachment-id': attachmentId }
    } catch (err) {
      if (isFinal(err)) await store.forget(id)
      throw err
    }
  }

  const server = new Server({
    path,
    datastore: store,
    relativeLocation: true,
    // A connection that broke unnoticed holds its upload no longer than that when somebody goes on with it.
    lockDrainTimeout: 500,
    namingFunction: (request) => `${ownerOf(contextOf(request).actor)}${randomUUID()}`,
    async onUploadCreate(request, { size = 0, metadata }) {
      const { actor } = contextOf(request)
      const begun = await store.unfinished(ownerOf(actor))
      if (begun.length >= MAX_UNFINISHED)
        throw new ParleyError('quota_exceeded', `Finish or end one of your ${begun.length} uploads first`)
      const waiting = begun.reduce((sum, upload) => sum + (upload.size ?? 0), 0)
      await admit(actor, { said: saidIn(metadata), size }, waiting)
      return {}
    },
    async onIncomingRequest(request, id) {
      if (request.method !== 'PATCH') return
      // Who may no longer send there is told before they send.
      const { size = 0, metadata } = await store.getUpload(id)
      await admit(contextOf(request).actor, { said: saidIn(metadata), size }, 0)
    },
    onUploadFinish: async (request, upload) => ({ headers: await finish(contextOf(request).actor, upload) }),
    onResponseError(request, err) {
      contextOf(request).refused = err
      return undefined
    },
  })

  return {
    async answer(actor, request) {
      const context: Context = { actor }
      contexts.set(request, context)
      const id = request.method === 'POST' ? undefined : new URL(request.url).pathname.slice(path.length + 1)
      if (id !== undefined && !(ID.test(id) && id.startsWith(ownerOf(actor)))) throw noUpload()
      const response = await server.handleWeb(request)
      if (response.status >= 400) throw refusal(context.refused, response)
      if (request.method !== 'HEAD' || id === undefined || !isWhole(response.headers)) return response
      const finished = await finish(actor, await store.getUpload(id))
      for (const [name, value] of Object.entries(finished)) response.headers.set(name, value)
      return response
    },
  }
}

const noUpload = () => new ParleyError('not_found', 'There is no such upload')
const keyOf = (id: string) => `resumable:${id}`
const isWhole = (headers: Headers) => headers.get('upload-offset') === headers.get('upload-length')

/** What ids of this user's uploads begin with. */
function ownerOf({ tenantId, userId }: Actor): string {
  const hash = createHash('sha256').update(`${tenantId}\0${userId}`)
  return `${hash.digest('base64url').slice(0, 22)}.`
}

function saidIn(metadata: Upload['metadata']): SaidOfFile {
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, value ?? '']))
}

const codes: Record<number, [ErrorCode, string]> = {
  400: ['malformed', 'This is not what the tus protocol asks for'],
  403: ['malformed', 'Upload-Offset and Content-Type: application/offset+octet-stream are needed'],
  404: ['not_found', 'There is no such upload'],
  409: ['wrong_offset', 'The upload has come to another place: ask with HEAD where to go on'],
  410: ['not_found', 'There is no such upload any more'],
  412: ['malformed', 'Tus-Resumable has to be 1.0.0'],
  413: ['payload_too_large', 'That is more than was announced'],
  501: ['not_supported', 'This extension of tus is not served: say Upload-Length when you begin'],
}

function refusal(refused: unknown, { status }: Response): unknown {
  if (refused instanceof Error) return refused
  const known = codes[status]
  return known
    ? new ParleyError(...known)
    : new ParleyError('unavailable', 'The upload was interrupted', { cause: refused })
}
