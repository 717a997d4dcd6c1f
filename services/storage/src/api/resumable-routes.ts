import { PassThrough, Readable } from 'node:stream'
import { ByteLengthQueuingStrategy } from 'node:stream/web'
import { replies, takeTimeFor } from '@parley/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ResumableUploads } from '../incoming/resumable-uploads.ts'

export const RESUMABLE_PATH = '/v1/attachments/resumable'
const OFFSET_STREAM = 'application/offset+octet-stream'
/** What of the body waits in memory. */
const BUFFERED = 256 * 1024
/** What pages of other origins may read of an answer. */
const EXPOSED =
  'location, tus-resumable, upload-offset, upload-length, upload-expires, upload-metadata, attachment-id, retry-after'

const refusals = [
  ...(['not_found', 'blocked', 'quota_exceeded', 'conversation_read_only', 'conversation_closed'] as const),
  ...(['wrong_offset', 'payload_too_large', 'unsupported_media_type', 'unreadable_file'] as const),
  ...(['not_supported', 'storage_full'] as const),
]
const ById = {
  params: Type.Object({ uploadId: Type.String({ maxLength: 200, description: 'An upload, as `Location` named it' }) }),
}
const described = (operationId: string, summary: string, more: object) => ({
  schema: {
    ...{ operationId, summary, tags: ['attachments'] },
    response: replies({}, refusals),
    ...more,
  },
})

/** Uploads that go on after an interruption: the tus protocol, version 1.0.0, below `/attachments/resumable`. */
export async function resumableRoutes(app: FastifyInstance, uploads: ResumableUploads): Promise<void> {
  // The body is read by whoever answers.
  app.addContentTypeParser(OFFSET_STREAM, (_request, _payload, done) => done(null))
  app.addHook('onRequest', async (request) => takeTimeFor(request.raw))
  const handler = (request: FastifyRequest, reply: FastifyReply) => answer(uploads, request, reply)

  app.post(
    '/attachments/resumable',
    described('beginResumableUpload', 'Begin an upload that can be resumed (tus 1.0.0)', {
      description:
        'With `Tus-Resumable: 1.0.0`, `Upload-Length` and `Upload-Metadata`: `filename`, `filetype`, `purpose`, `conversationId` (but for a profile ' +
        'picture), `peaks` and `durationMs`, each in base64. `Location` says where the bytes go, with PATCH. The answer to the last of ' +
        'them has the `Attachment-Id`, and so has HEAD after it. What is not finished within 24 hours goes.',
    }),
    handler,
  )
  app.patch(
    '/attachments/resumable/:uploadId',
    described('resumeUpload', 'Send bytes of an upload, from its offset on', ById),
    handler,
  )
  app.delete(
    '/attachments/resumable/:uploadId',
    described('endResumableUpload', 'End an upload that is not finished', ById),
    handler,
  )
  app.route({
    ...{ method: 'HEAD', url: '/attachments/resumable/:uploadId', handler },
    schema: { hide: true, ...ById },
  })
}

async function answer(uploads: ResumableUploads, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('access-control-expose-headers', EXPOSED).header('tus-resumable', '1.0.0')
  const { raw, method, url, headers } = request
  const body = method === 'PATCH' || headers['content-type'] === OFFSET_STREAM ? bodyOf(raw) : undefined
  try {
    const asked = new Request(new URL(url, 'http://parley'), {
      ...{ method, headers: plainHeaders(headers) },
      ...(body && { body, duplex: 'half' as const }),
    })
    const response = await uploads.answer(request.actor, asked)
    for (const [name, value] of response.headers) if (!name.startsWith('access-control-')) reply.header(name, value)
    return reply.code(response.status).send()
  } finally {
    // Whoever is refused goes on sending before they read the answer.
    raw.unpipe()
    raw.resume()
  }
}

/** Read through a stream of its own: who ends that early does not end the connection. */
function bodyOf(raw: FastifyRequest['raw']): ReadableStream {
  const through = new PassThrough()
  raw.once('close', () => {
    if (!raw.complete) through.destroy(new Error('The caller hung up'))
  })
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: BUFFERED })
  return Readable.toWeb(raw.pipe(through), { strategy }) as ReadableStream
}

/** Node joins all that may come twice, but cookies. */
function plainHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') plain[name] = value
  return plain
}
