import { createHash } from 'node:crypto'
import multipart from '@fastify/multipart'
import { inputCheck, MAX_ATTACHMENTS, MessageBody, ParleyError } from '@parley/contracts'
import { takeTimeFor } from '@parley/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalidField } from '../domain/refusals.ts'
import type { StorageAddress } from '../service.ts'
import { forwardFiles, type PassingFile } from './forward-files.ts'

const ROUTE = '/v1/conversations/:conversationId/messages'
const limits = {
  fieldNameSize: 100,
  // a text of the most characters that a message may have, each of four bytes
  fieldSize: 64 * 1024,
  fields: 12,
  files: MAX_ATTACHMENTS,
  headerPairs: 20,
  // how large one may be is the storage service's to say
  fileSize: Number.MAX_SAFE_INTEGER,
}
/** Fields that are JSON, as in a body that is. */
const JSON_FIELDS = new Set(['payload', 'attachments', 'silent'])
/** What is said of the files, which the storage service reads. */
const OF_FILES = new Set(['peaks', 'durationMs'])

const check = inputCheck(MessageBody)

/**
 * A message may be sent as a form as well, files and all: fields first, then the `file`s, which go on to the storage service while
 * they come. What is left is the JSON body that the route knows, with the files' ids.
 */
export async function takeSendForms(app: FastifyInstance, storage: StorageAddress | undefined): Promise<void> {
  await app.register(multipart, { limits, throwFileSizeLimit: false })
  const takesForms = ({ method, routeOptions }: FastifyRequest) => method === 'POST' && routeOptions.url === ROUTE
  // what is no form is not kept waiting by either
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-type']?.startsWith('multipart/') && takesForms(request)) takeTimeFor(request.raw)
    done()
  })
  app.addHook('preValidation', (request, _reply, done) => {
    if (!request.isMultipart()) done()
    else if (takesForms(request)) takeForm(request, storage).then(() => done(), done)
    else done(new ParleyError('unsupported_media_type', 'This takes application/json'))
  })
}

async function takeForm(request: FastifyRequest, storage: StorageAddress | undefined): Promise<void> {
  try {
    request.body = await bodyOf(request, storage)
  } catch (err) {
    throw asRefusal(err)
  } finally {
    // whoever is refused goes on sending before they read the answer
    request.raw.unpipe()
    request.raw.resume()
  }
}

async function bodyOf(request: FastifyRequest, storage: StorageAddress | undefined): Promise<object> {
  const parts = request.parts()
  const texts: Record<string, string> = {}
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    const part = next.value
    if (part.type === 'file') return withFiles(request, storage, texts, { first: part, parts })
    addField(texts, part)
  }
  return messageOf(texts)
}

type Parts = ReturnType<FastifyRequest['parts']>
type Part = Parts extends AsyncIterableIterator<infer P> ? P : never
type FilePart = Extract<Part, { type: 'file' }>

function addField(texts: Record<string, string>, part: Exclude<Part, { type: 'file' }>): void {
  const { fieldname: name, value } = part
  if (Object.hasOwn(texts, name)) throw invalidField(`/${name}`, 'unexpected', 'is said twice')
  if (part.valueTruncated || part.fieldnameTruncated) throw invalidField(`/${name}`, 'maxLength', 'is too long')
  texts[name] = typeof value === 'string' ? value : JSON.stringify(value)
}

async function withFiles(
  request: FastifyRequest,
  storage: StorageAddress | undefined,
  texts: Record<string, string>,
  coming: { first: FilePart; parts: Parts },
): Promise<object> {
  const body = messageOf(texts)
  if (!storage)
    throw invalidField('/attachments', 'storage_unavailable', 'need a storage service, and there is none here')
  const { conversationId } = request.params as { conversationId: string }
  const header = request.headers['idempotency-key']
  const clientId = body.clientId ?? (typeof header === 'string' ? header : undefined)
  const ids = await forwardFiles({
    url: storage.url(),
    authorization: request.headers.authorization ?? '',
    key: clientId === undefined ? undefined : keyOf(conversationId, clientId),
    fields: {
      purpose: 'message',
      conversationId,
      ...Object.fromEntries(Object.entries(texts).filter(([name]) => OF_FILES.has(name))),
    },
    files: filesOf(coming),
  })
  return { ...body, attachments: [...(body.attachments ?? []), ...ids] }
}

async function* filesOf({ first, parts }: { first: FilePart; parts: Parts }): AsyncGenerator<PassingFile> {
  yield passing(first)
  for await (const part of parts) {
    if (part.type !== 'file')
      throw new ParleyError('malformed', `The field ${part.fieldname} has to come before the files`)
    yield passing(part)
  }
}

function passing({ fieldname, filename, mimetype, file }: FilePart): PassingFile {
  if (fieldname !== 'file') throw invalidField(`/${fieldname}`, 'unexpected', 'is a file: they are called file')
  return { name: filename, mime: mimetype, bytes: file }
}

/** Refuses fields that a message has not, before anything of the files is read. */
function messageOf(texts: Readonly<Record<string, string>>) {
  const fields = Object.entries(texts).filter(([name]) => !OF_FILES.has(name))
  const said = fields.map(([name, text]) => [name, JSON_FIELDS.has(name) ? fromJson(text) : text])
  return check(Object.fromEntries(said))
}

/** What is no JSON is nothing that such a field may be: the check says so. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** One of a conversation's: headers are short, and hold no character that a client's own key may. */
const keyOf = (conversationId: string, clientId: string) =>
  createHash('sha256').update(`${conversationId} ${clientId}`).digest('hex')

/** The parser's errors are about what the caller sent. */
function asRefusal(err: unknown): unknown {
  if (err instanceof ParleyError) return err
  const { code = '', message = '' } = (err ?? {}) as { code?: string; message?: string }
  if (code.startsWith('FST_')) return err
  const isOfParser = /multipart|boundary|part|header|unexpected end|premature|aborted/i.test(message)
  return isOfParser ? new ParleyError('malformed', 'The form is broken, or was cut off', { cause: err }) : err
}
