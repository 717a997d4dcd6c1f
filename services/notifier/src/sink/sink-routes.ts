import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { SINK_KINDS, type Sink, type SinkKind } from './sink.ts'
import { pageOf } from './sink-page.ts'

const MAX_BODY_BYTES = 1024 * 1024

const Kind = Type.Enum(SINK_KINDS as SinkKind[])
const Ref = Type.Object({ kind: Kind, id: Type.String({ maxLength: 64 }) })
type Ref = { Params: { kind: SinkKind; id: string } }

/** For development only: shows what people were sent to whoever reaches it. Not registered in production. */
export async function sinkRoutes(app: FastifyInstance, { sink }: { sink: Sink }): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  )
  const hidden = (more: object = {}) => ({ schema: { hide: true, ...more } })
  const nothingThere = (reply: FastifyReply) => reply.code(404).type('text/plain').send('There is no such thing here')

  app.get('/sink', hidden(), async (_request, reply) =>
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(pageOf(sink)),
  )
  app.get('/sink.json', hidden(), async () => Object.fromEntries(SINK_KINDS.map((kind) => [kind, sink.list(kind)])))
  app.get<Ref>('/sink/:kind/:id', hidden({ params: Ref }), async ({ params: { kind, id } }, reply) => {
    const sunk = sink.find(kind, id)
    return sunk ?? nothingThere(reply)
  })
  app.get<Ref>('/sink/:kind/:id/html', hidden({ params: Ref }), async ({ params: { kind, id } }, reply) => {
    const { html } = (sink.find(kind, id)?.content ?? {}) as { html?: unknown }
    if (typeof html !== 'string') return nothingThere(reply)
    // what others wrote runs nowhere, and asks for nothing
    return reply
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups; frame-ancestors 'self'",
      )
      .type('text/html; charset=utf-8')
      .send(html)
  })
  app.post<Ref>('/sink/:kind/:id/again', hidden({ params: Ref }), async ({ params: { kind, id }, headers }, reply) => {
    const outcome = await sink.again(kind, id)
    if (!outcome) return nothingThere(reply)
    return headers.accept?.includes('text/html') ? reply.redirect('/dev/sink', 303) : outcome
  })
  /** An endpoint that takes whatever a webhook brings. */
  app.post('/sink/webhooks', hidden(), async ({ headers, body, ip }, reply) => {
    const text = typeof body === 'string' ? body : ''
    sink.add('webhooks', { to: ip, title: typeOf(text), content: { headers: { ...headers }, body: text } })
    return reply.code(204).send()
  })
}

function typeOf(body: string): string {
  try {
    const { type } = JSON.parse(body) as { type?: unknown }
    return typeof type === 'string' ? type : 'webhook'
  } catch {
    return 'webhook'
  }
}
