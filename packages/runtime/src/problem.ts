import { type ErrorCode, errorStatus, ParleyError, type Problem, toErrorBody } from '@parley/contracts'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

export type { Problem }

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** Failures that Fastify reports before a handler runs, in our codes and words. */
const frameworkErrors: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed', 'The body is empty, but its content type says JSON'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed', 'The body is not valid JSON, or has a key that is never accepted'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed', 'The body is not as long as Content-Length says'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is too large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'This content type is not accepted here'],
  FST_ERR_BAD_URL: ['malformed', 'The URL is not validly encoded'],
  FST_ERR_MAX_PARAM_LENGTH: ['malformed', 'A part of the URL is too long'],
  FST_ERR_NOT_FOUND: ['not_found', 'There is nothing at this address'],
}

/** Failures of Fastify's plugins (multipart, rate limit, static files), by the status that they ask for. */
const codeByStatus: Record<number, [ErrorCode, string]> = {
  400: ['malformed', 'The request is malformed'],
  401: ['unauthenticated', 'Authentication is needed'],
  403: ['forbidden', 'This is not allowed'],
  404: ['not_found', 'There is nothing at this address'],
  406: ['malformed', 'The request is malformed'],
  413: ['payload_too_large', 'The request is too large'],
  414: ['malformed', 'The URL is too long'],
  415: ['unsupported_media_type', 'This content type is not accepted here'],
  429: ['rate_limited', 'Too many requests'],
  503: ['unavailable', 'Busy: try again shortly'],
}

/** Anything thrown, as a ParleyError. What we do not know becomes `internal` with the original as its cause. */
export function toParleyError(err: unknown): ParleyError {
  if (err instanceof ParleyError) return err
  const { code, statusCode } = (err ?? {}) as Partial<FastifyError>
  // Only Fastify's codes: a library's error that carries some server's 404 is a fault of ours, not the caller's.
  const known = code?.startsWith('FST_') ? (frameworkErrors[code] ?? codeByStatus[statusCode ?? 0]) : undefined
  return known ? new ParleyError(...known, { cause: err }) : new ParleyError('internal', '', { cause: err })
}

/** The problem details of an error. `internal` ones say nothing of their cause. */
export function toProblem(err: ParleyError, requestId: string): Problem {
  const { code, message, errors } = toErrorBody(err)
  const title = code.replaceAll('_', ' ')
  return {
    type: `urn:parley:error:${code}`,
    title: title[0]?.toUpperCase() + title.slice(1),
    status: errorStatus[code],
    detail: code === 'internal' ? 'Something went wrong on our side' : message,
    code,
    requestId,
    ...(errors && { errors }),
  }
}

/** Fastify's error handler: answers with problem details, and logs what is our fault with its cause. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const err = toParleyError(thrown)
  const problem = toProblem(err, request.id)
  // A caller who hung up makes streams fail; there is nobody to answer and nothing to mend.
  if (request.raw.destroyed && !request.raw.complete) request.log.debug({ err: thrown }, 'the caller hung up')
  else if (problem.status === 500) request.log.error({ err: err.cause ?? err }, 'request failed')
  else if (problem.status === 503) request.log.warn({ err }, 'request refused')
  else request.log.debug({ code: err.code }, err.message)

  reply.code(problem.status).type(PROBLEM_TYPE)
  if (err.retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(err.retryAfterMs / 1000)))
  // RFC 9110, 15.5.2: a 401 names the scheme.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  reply.send(problem)
}

/** Fastify's handler of unknown routes. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(new ParleyError('not_found', 'There is nothing at this address'), request, reply)
}
