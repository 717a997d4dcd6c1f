import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Unsubscribe } from '../domain/mail/unsubscribe.ts'
import type { MailLinks } from '../domain/ports/mail.ts'
import { type Language, languageOf } from '../domain/words/languages.ts'

const MAX_BODY_BYTES = 4_096

const texts: Record<Language, { ask: string; button: string; done: string; wrong: string }> = {
  en: {
    ask: 'Do you want to get no more e-mails about messages?',
    button: 'No more e-mails',
    done: 'You will get no more e-mails about messages. You can turn them on again in the app.',
    wrong: 'This link is not one of ours, or not complete.',
  },
  de: {
    ask: 'Möchten Sie keine E-Mails über Nachrichten mehr bekommen?',
    button: 'Keine E-Mails mehr',
    done: 'Sie bekommen keine E-Mails über Nachrichten mehr. In der App können Sie sie wieder einschalten.',
    wrong: 'Dieser Link ist keiner von uns, oder nicht vollständig.',
  },
}

export interface UnsubscribeDeps {
  links: Pick<MailLinks, 'readUnsubscribe'>
  unsubscribe: Unsubscribe
}

/**
 * Where the link of an e-mail leads, without a token. Asking for it changes nothing: mail programs and scanners look at links by themselves. What
 * is posted there turns e-mails off, from the page's button or from the mail program's own (RFC 8058).
 */
export async function unsubscribeRoutes(app: FastifyInstance, { links, unsubscribe }: UnsubscribeDeps): Promise<void> {
  // what stands in the body is the same for everybody, in whatever form it comes
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  )
  const url = '/notifications/unsubscribe/:token'
  const schema = { hide: true, params: Type.Object({ token: Type.String({ maxLength: 1_000 }) }) }
  type Request = FastifyRequest<{ Params: { token: string } }>
  const words = (request: Request) => texts[languageOf(request.headers['accept-language'] ?? 'en')]
  const page = (reply: FastifyReply, status: number, request: Request, inner: string) =>
    reply
      .code(status)
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html><html lang="${languageOf(request.headers['accept-language'] ?? 'en')}"><meta charset="utf-8">` +
          '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>E-mails</title>' +
          `<body style="font-family:system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem">${inner}`,
      )
  app.get<{ Params: { token: string } }>(url, { schema }, async (request, reply) => {
    const { ask, button, wrong } = words(request)
    if (!links.readUnsubscribe(request.params.token)) return page(reply, 404, request, `<p>${wrong}</p>`)
    return page(reply, 200, request, `<form method="post"><p>${ask}</p><button>${button}</button></form>`)
  })
  app.post<{ Params: { token: string } }>(url, { schema }, async (request, reply) => {
    const { done, wrong } = words(request)
    const isDone = await unsubscribe(request.params.token)
    return page(reply, isDone ? 200 : 404, request, `<p>${isDone ? done : wrong}</p>`)
  })
}
