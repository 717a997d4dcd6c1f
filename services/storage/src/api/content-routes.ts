import { VariantName as AnyVariant, AttachmentId, type VariantName } from '@parley/contracts'
import { replies } from '@parley/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Links } from '../domain/ports/links.ts'
import { notFound } from '../domain/refusals.ts'
import type { Storage } from '../domain/storage.ts'
import { type ContentDeps, sendContent } from './send-content.ts'

export interface ContentRouteDeps extends ContentDeps {
  storage: Pick<Storage, 'openContent' | 'openLinked' | 'openPicture'>
  links: Links
}

/** Bytes never change under their name, and whoever has seen them has them. */
const OWN = 'private, max-age=86400, immutable'
const PUBLIC = 'public, max-age=31536000, immutable'

/** As long as a link: a video that is sought in comes back to its address. */
const OPENS_FOR_SECONDS = 300

const ById = Type.Object({ attachmentId: AttachmentId })
const Variant = Type.Object({
  attachmentId: AttachmentId,
  variant: Type.Enum(AnyVariant.enum, { description: 'Which of `variants` of the attachment' }),
})
const Disposition = Type.Object(
  { disposition: Type.Optional(Type.Enum(['inline', 'attachment'], { description: 'Left out: `inline`' })) },
  { additionalProperties: false },
)
const errors = ['not_found', 'attachment_pending', 'attachment_infected', 'range_not_satisfiable'] as const
const described = (operationId: string, summary: string, more: object) => ({
  operationId,
  summary,
  tags: ['attachments'],
  response: {
    200: {
      description: 'The bytes',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    302: { description: 'They are to be had at `Location`: where the bucket hands them out itself' },
    206: {
      description: 'The range of them that was asked for',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    ...replies({}, errors),
  },
  ...more,
})

type ByIdRequest = FastifyRequest<{
  Params: { attachmentId: string; variant?: VariantName }
  Querystring: { disposition?: 'inline' | 'attachment' }
}>

/** The bytes of attachments, for whoever may see them at that moment. */
export async function contentRoutes(app: FastifyInstance, deps: ContentRouteDeps): Promise<void> {
  const answer = async (request: ByIdRequest, reply: FastifyReply) => {
    const { attachmentId, variant } = request.params
    const content = await deps.storage.openContent(request.actor, { attachmentId, variant })
    return sendContent(deps, request, reply, content, {
      disposition: request.query.disposition ?? 'inline',
      cacheControl: OWN,
      opensForSeconds: OPENS_FOR_SECONDS,
    })
  }
  const routes = [
    ['/attachments/:attachmentId/content', ById, 'getContent', "An attachment's bytes, or a range of them"],
    ['/attachments/:attachmentId/variants/:variant', Variant, 'getVariant', 'A smaller picture of an image'],
  ] as const
  for (const [url, params, operationId, summary] of routes) {
    const schema = { params, querystring: Disposition }
    app.route({
      method: 'GET',
      url,
      exposeHeadRoute: false,
      schema: described(operationId, summary, schema),
      handler: answer,
    })
    app.route({ method: 'HEAD', url, schema: { hide: true, ...schema }, handler: answer })
  }
}

/** What opens without a token: signed links, and pictures of people and groups. */
export async function openRoutes(app: FastifyInstance, deps: ContentRouteDeps): Promise<void> {
  const byLink = async (request: FastifyRequest<{ Params: { token: string } }>, reply: FastifyReply) => {
    const linked = deps.links.read(request.params.token)
    if (!linked) throw notFound()
    const content = await deps.storage.openLinked(linked)
    const seconds = Math.floor(linked.endsInMs / 1000)
    return sendContent(deps, request, reply, content, {
      disposition: linked.disposition,
      cacheControl: `private, max-age=${seconds}, immutable`,
      // it outlives the link by nothing
      opensForSeconds: Math.max(1, seconds),
    })
  }
  const picture = async (
    request: FastifyRequest<{ Params: { attachmentId: string; variant?: VariantName } }>,
    reply: FastifyReply,
  ) => {
    const content = await deps.storage.openPicture(request.params)
    return sendContent(deps, request, reply, content, {
      disposition: 'inline',
      cacheControl: PUBLIC,
      opensForSeconds: OPENS_FOR_SECONDS,
    })
  }
  for (const method of ['GET', 'HEAD'] as const) {
    const hide = method === 'HEAD' ? { hide: true } : {}
    app.route({
      method,
      url: '/attachments/link/:token',
      exposeHeadRoute: false,
      schema: described('openLink', 'What a signed link opens, without a token', {
        ...hide,
        security: [],
        params: Type.Object({
          token: Type.String({ minLength: 1, maxLength: 400, description: 'As the link was given' }),
        }),
      }),
      handler: byLink,
    })
    app.route({
      method,
      url: '/pictures/:attachmentId',
      exposeHeadRoute: false,
      schema: described('getPicture', 'The picture of somebody or of a group, for whoever has its address', {
        ...hide,
        security: [],
        params: ById,
      }),
      handler: picture,
    })
    app.route({
      method,
      url: '/pictures/:attachmentId/:variant',
      exposeHeadRoute: false,
      schema: described('getPictureVariant', 'The same, smaller', { ...hide, security: [], params: Variant }),
      handler: picture,
    })
  }
}
