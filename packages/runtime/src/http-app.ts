import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { invalidInput, ParleyError } from '@parley/contracts'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifySchemaCompiler,
  fastify,
  LogController,
} from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { trustedProxies } from './client-address.ts'
import type { Logger } from './logger.ts'
import { PROBLEM_TYPE, sendNotFound, sendProblem, toProblem } from './problem.ts'
import { fromTexts } from './text-values.ts'

const BODY_LIMIT = 1024 * 1024
/** A user id may have 128 characters, and each up to four bytes of three characters in a URL. */
const MAX_PARAM_LENGTH = 128 * 4 * 3

export interface HttpAppOptions {
  log: Logger
  /** Proxies whose X-Forwarded-* headers count, as TRUST_PROXY reads them; none unless given. */
  trustProxy?: string[]
  /** How long a caller may take to send a request, in milliseconds. */
  requestTimeoutMs?: number
}

/**
 * A Fastify instance as every Parley process uses it: failures are problem details (RFC 9457), bodies are JSON, are
 * never coerced, and have no field that their schema does not name; query strings and parameters are read as their
 * schema's types; replies are sent as they are. While it closes it goes on answering what still arrives on open
 * connections: `/readyz` is what tells a load balancer to stop.
 */
export function createHttpApp({ log, trustProxy = [], requestTimeoutMs = 60_000 }: HttpAppOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestTimeoutMs,
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
  app.setSerializerCompiler(() => (reply) => JSON.stringify(reply))
  letConnectionsGo(app)
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
 * time. The last reply tells the caller to end it; what does not pass through Fastify's replies is ended once idle.
 */
function letConnectionsGo(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    const sweep = setInterval(() => app.server.closeIdleConnections(), 250)
    app.server.once('close', () => clearInterval(sweep))
    if (!app.server.listening) clearInterval(sweep)
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
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
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
