import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { encodeOutput, invalidInput, ParleyError } from '@parley/contracts'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type FastifySchemaCompiler,
  fastify,
  LogController,
} from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { trustedProxies } from './client-address.ts'
import { OrderlyServer } from './http/orderly-server.ts'
import { securityHeaderLines } from './http/security-headers.ts'
import type { Logger } from './logger.ts'
import { PROBLEM_TYPE, sendNotFound, sendProblem, toProblem } from './problem.ts'
import { fromTexts } from './text-values.ts'

const BODY_LIMIT = 1024 * 1024
/** A user id may have 128 characters, and each up to four bytes of three characters in a URL. */
const MAX_PARAM_LENGTH = 128 * 4 * 3
/** When the server closes: how long for the rest of a request, and for answers under way, which no call keeps longer. */
const REST_MS = 1_000
const ANSWERS_MS = 5_500
/** And for uploads under way: what is left of the time that a process has for closing is for what it stands on. */
const UPLOADS_MS = 8_000

export interface HttpAppOptions {
  log: Logger
  /** Proxies whose X-Forwarded-* headers count, as TRUST_PROXY reads them; none unless given. */
  trustProxy?: string[]
  /** How long a caller may take to send a request, in milliseconds. */
  requestTimeoutMs?: number
  /** After how long a connection is cut over which nothing moves, in milliseconds; see `OrderlyServer`. */
  silentMs?: number
}

/**
 * A Fastify instance as every Parley process uses it: failures are problem details (RFC 9457), bodies are JSON, are
 * never coerced, and have no field that their schema does not name; query strings and parameters are read as their
 * schema's types; replies are sent as they are. While it closes it goes on answering what still arrives on open
 * connections: `/readyz` is what tells a load balancer to stop.
 */
export function createHttpApp({ log, trustProxy = [], requestTimeoutMs, silentMs }: HttpAppOptions): FastifyInstance {
  let server: OrderlyServer | undefined
  const app: FastifyInstance = fastify({
    serverFactory: (handle) => {
      server = new OrderlyServer(handle, { requestTimeoutMs, silentMs })
      return server
    },
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    bodyLimit: BODY_LIMIT,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    return503OnClosing: false,
    trustProxy: trustedProxies(trustProxy),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: sendProblem,
    clientErrorHandler: answerUnreadable,
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler(sendNotFound)
  app.setValidatorCompiler(compileCheck)
  // The default one, fast-json-stringify, drops the fields that a schema does not name and throws on some unions.
  app.setSerializerCompiler(() => encodeOutput)
  takeEmptyForNone(app)
  // Fastify has called the factory.
  letConnectionsGo(app, server!)
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    request.log.debug(
      { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
  })
  return app
}

/**
 * Node ends idle connections when a server closes, but one that is busy then would stay open for its whole keep-alive
 * time. The last reply tells the caller to end it; what does not pass through Fastify's replies is ended once idle. Who
 * has sent half a request, or does not read the answer, is not waited for, nor who was upgraded and has not gone by now.
 */
function letConnectionsGo(app: FastifyInstance, server: OrderlyServer): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    const timers = [
      setInterval(() => server.closeIdleConnections(), 250),
      setInterval(() => server.cutUnasked(), REST_MS),
      setTimeout(() => server.cutHurried(), ANSWERS_MS),
      setTimeout(() => server.cutAll(), UPLOADS_MS),
    ]
    const stop = () => timers.forEach((timer) => void clearTimeout(timer))
    server.once('close', stop)
    if (!server.listening) stop()
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
}

/**
 * A body of no length is none, whatever its content type says: command lines and client libraries send one with every
 * request. Where every field of the body may be left out, all of them are. A route that needs a body still refuses it.
 */
function takeEmptyForNone(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && !needsBody(request)) done(null)
    else parse(request, body, done)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    if (headers['content-length'] === '0' && !needsBody(request)) delete headers['content-type']
    done()
  })
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body == null && request.routeOptions.schema?.body && !needsBody(request)) request.body = {}
    done()
  })
}

/** What is put is all that is to hold: nobody means to put nothing. */
function needsBody({ method, routeOptions: { schema } }: FastifyRequest): boolean {
  const body = schema?.body as { type?: string; required?: string[] } | undefined
  return body !== undefined && (method === 'PUT' || body.type !== 'object' || (body.required ?? []).length > 0)
}

const compileCheck: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(httpPart === 'body' || httpPart === 'querystring' ? closed(schema) : schema)
  return (value: unknown) => {
    const input = httpPart === 'body' ? value : fromTexts(schema, value as object)
    return check.Check(input) ? { value: input } : { error: invalidInput(check.Errors(input)) }
  }
}

/** Refuses unknown fields of an object whose schema says nothing about them, as `Type.Pick` and `Type.Omit` may forget to. */
function closed(schema: TSchema): TSchema {
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...schema, additionalProperties: false }
    : schema
}

/** A proxy's id is kept so that its log and ours can be read together. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

/** Answers what is no HTTP request at all, or one that never came to its end: no route, hook or reply exists for it. */
function answerUnreadable(this: FastifyInstance, err: Error & { code?: string }, socket: Socket): void {
  if (err.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const refused =
    err.code === 'HPE_HEADER_OVERFLOW'
      ? new ParleyError('payload_too_large', "The request's headers are too large")
      : err.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new ParleyError('malformed', 'The request took too long to arrive')
        : new ParleyError('malformed', 'This is not a valid HTTP request')
  const problem = toProblem(refused, randomUUID())
  const body = JSON.stringify(problem)
  this.log.debug({ code: err.code, requestId: problem.requestId }, 'unreadable request')
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n${securityHeaderLines}\r\n${body}`,
  )
}
