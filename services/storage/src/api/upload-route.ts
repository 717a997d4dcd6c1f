import multipart from '@fastify/multipart'
import { type Actor, Attachment, type ErrorBody, ParleyError, toErrorBody } from '@parley/contracts'
import { IdempotencyKey, replies, takeTimeFor, toParleyError } from '@parley/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ReceivedFile } from '../domain/ports.ts'
import type { Storage } from '../domain/storage.ts'
import { type AttachmentRules, largestOf } from '../domain/uploads/may-upload.ts'
import type { IncomingFiles, RequestFolder } from '../incoming/incoming-files.ts'
import type { StorageMeter } from '../meter.ts'
import { formLimits, receiveForm } from './receive-form.ts'
import type { SaidOfFiles } from './upload-fields.ts'

export interface UploadDeps {
  storage: Pick<Storage, 'admitUpload' | 'keepFile'>
  incoming: IncomingFiles
  meter: StorageMeter
}

/** What became of one file of a request. */
interface Outcome {
  attachment: Attachment | null
  error: ErrorBody | null
  /** Of a picture: where everybody sees it. */
  url?: string
}

const Uploaded = Type.Object({
  data: Type.Array(
    Type.Object({
      attachment: Type.Union([Attachment, Type.Null()]),
      error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
      url: Type.Optional(Type.String({ description: 'Of a picture: its address, for whoever has it' })),
    }),
  ),
})

/** As it is described; what comes is read while it flows. */
const Form = Type.Object({
  purpose: Type.Optional(Type.Enum(['message', 'profile_picture', 'group_picture'])),
  conversationId: Type.Optional(Type.String({ format: 'uuid' })),
  peaks: Type.Optional(Type.String({ description: 'Levels of a voice message from 0 to 100, as a JSON array' })),
  durationMs: Type.Optional(Type.String({ description: 'Its length, where the file may not say it' })),
  file: Type.Array(Type.String({ format: 'binary' })),
})

/** `POST /attachments`. */
export async function uploadRoute(app: FastifyInstance, { storage, incoming, meter }: UploadDeps): Promise<void> {
  await app.register(multipart, { limits: formLimits, throwFileSizeLimit: false })
  app.post(
    '/attachments',
    {
      schema: {
        operationId: 'uploadAttachments',
        summary: 'Upload files, to be sent in a conversation or to be a picture',
        description:
          'A form whose fields come before its files: `purpose`, `conversationId` (but for a profile picture), `peaks` and `durationMs` of ' +
          'a voice message, then one or several `file`s. Of several each has its own outcome; one alone that is refused is the problem ' +
          'itself. With an Idempotency-Key the same files answer the same attachments. What nobody sends within 24 hours goes.',
        tags: ['attachments'],
        consumes: ['multipart/form-data'],
        headers: IdempotencyKey,
        body: Form,
        response: replies({ 201: Uploaded }, [
          'not_found',
          'blocked',
          'quota_exceeded',
          'conversation_read_only',
          'conversation_closed',
          'payload_too_large',
          'unsupported_media_type',
          'key_reused',
          'unreadable_file',
          'storage_full',
        ]),
      },
      validatorCompiler: () => (value: unknown) => ({ value }),
      // Before anything of the body is read.
      onRequest: async (request) => takeTimeFor(request.raw),
    },
    async (request, reply) => {
      await using folder = await incoming.open()
      const { outcomes, failure } = await upload({ storage, meter }, request, folder)
      if (failure && outcomes.length === 1) throw failure
      return reply.code(201).send({ data: outcomes })
    },
  )
}

async function upload(
  { storage, meter }: Pick<UploadDeps, 'storage' | 'meter'>,
  request: FastifyRequest,
  folder: RequestFolder,
): Promise<{ outcomes: Outcome[]; failure: unknown }> {
  const { actor } = request
  let rules: AttachmentRules | undefined
  try {
    const { said, files } = await receiveForm(request, folder, async (said) => {
      rules = await storage.admitUpload(actor, said, keyOf(request, 0))
      return { maxBytes: largestOf(rules) }
    })
    const outcomes: Outcome[] = []
    let failure: unknown
    for (const [i, file] of files.entries()) {
      try {
        const attachment = await keep(storage, actor, { request, folder, said, rules: rules!, i }, file)
        outcomes.push(outcomeOf(attachment, said))
      } catch (err) {
        failure = err
        const refused = toParleyError(err)
        if (refused.code === 'internal') request.log.error({ err }, 'a file could not be kept')
        // what came whole is counted where it is kept
        if (file.tooLarge) meter.refused(refused.code)
        outcomes.push({ attachment: null, error: toErrorBody(refused) })
      }
    }
    return { outcomes, failure }
  } catch (err) {
    meter.refused(toParleyError(err).code)
    throw err
  }
}

function keep(
  storage: Pick<Storage, 'keepFile'>,
  actor: Actor,
  given: { request: FastifyRequest; folder: RequestFolder; said: SaidOfFiles; rules: AttachmentRules; i: number },
  { tooLarge, ...file }: ReceivedFile & { tooLarge: boolean },
): Promise<Attachment> {
  const { request, folder, said, rules, i } = given
  if (tooLarge) throw new ParleyError('payload_too_large', `A file may have ${largestOf(rules)} bytes at most`)
  return storage.keepFile(actor, { ...said, rules, folder: folder.path, key: keyOf(request, i) }, file)
}

/** How a caller who may repeat this names one of its files. */
function keyOf({ headers }: FastifyRequest, i: number): string | undefined {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? `${key}:${i}` : undefined
}

function outcomeOf(attachment: Attachment, { purpose }: SaidOfFiles): Outcome {
  return { attachment, error: null, ...(purpose !== 'message' && { url: `/v1/pictures/${attachment.id}` }) }
}
