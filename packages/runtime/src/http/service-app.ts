import cors from '@fastify/cors'
import { beginSpan, type OpenSpan, within } from '@parley/tracing'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { type AddressGuard, createAddressGuard } from '../address-guard.ts'
import { type Check, type HealthOptions, health } from '../health.ts'
import { createHttpApp } from '../http-app.ts'
import { identity } from '../identity.ts'
import type { Logger } from '../logger.ts'
import type { Meters } from '../meters.ts'
import { originCheck } from '../origins.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import type { Service } from '../service.ts'
import type { httpSettings } from '../settings.ts'
import { type ApiTag, apiDescription } from './api-description.ts'

export type HttpConfig = Static<TObject<typeof httpSettings>>

declare module 'fastify' {
  interface FastifyInstance {
    /** Stops addresses that send too much, over HTTP and sockets alike. */
    guard: AddressGuard
    /** Whether a page of this origin may call, or open a socket with this request; see `originCheck`. */
    isAllowedOrigin: ReturnType<typeof originCheck>
    /**
     * An onRequest hook for the routes of users and hosts: `requireActor` behind the address guard. The actor knows the
     * address that the request came from.
     */
    admit(request: FastifyRequest): Promise<void>
  }
}

export interface ServiceAppOptions {
  config: HttpConfig
  log: Logger
  limiter: RateLimiter
  /** Shows how long answers take. */
  measure?: Meters['measure']
}

/** What a service serves over HTTP, for an app that it may share with others. */
export interface ServiceRoutes {
  /** The chapters of the API's description that its operations are in. */
  tags: ApiTag[]
  register(app: FastifyInstance): Promise<void>
}

/** A service as a process takes it in: to be run, to be asked whether it is ready, and to be reached. */
export interface Mount {
  service: Service
  /**
   * Of `/readyz`, by what they look at: of two mounts that look at the same, the later one's is asked. A process needs what all of
   * them need, and is only degraded without what one of them does without.
   */
  checks: HealthOptions['checks']
  routes?: ServiceRoutes
}

/**
 * The HTTP app of a process, for one service or several: `createHttpApp` with what belongs to none of them. Tokens,
 * addresses and origins are judged by the same `authenticate`, `guard` and `isAllowedOrigin` for routes and for sockets
 * that are attached to its server.
 */
export async function createServiceApp({ config, log, limiter, measure }: ServiceAppOptions): Promise<FastifyInstance> {
  const app = createHttpApp({ log, trustProxy: config.TRUST_PROXY })
  if (measure) measureAnswers(app, measure)
  traceRequests(app)
  app.decorate('guard', createAddressGuard({ limiter, config }))
  app.decorate('isAllowedOrigin', originCheck(config))
  await app.register(identity, { config })
  app.decorate('admit', async (request) => {
    await app.guard(request.raw, () => app.requireActor(request))
    request.actor = { ...request.actor, ip: request.ip }
  })
  return app
}

/** A trace may begin with a request, or go on in it: its `traceparent` says of what it is a part. Probes are left out. */
function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>()
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, routeOptions, headers } = request
    if (routeOptions.logLevel === 'silent') return done()
    const { traceparent } = headers
    const span = beginSpan(`${method} ${routeOptions.url ?? 'unknown'}`, {
      ...{ kind: 'server', begins: true },
      ...(typeof traceparent === 'string' && { parent: traceparent }),
    })
    if (!span) return done()
    span.set('parley.request.id', request.id)
    spans.set(request, span)
    within(span, done)
  })
  app.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request)
    span?.set('http.response.status_code', reply.statusCode)
    span?.end(reply.statusCode >= 500 ? new Error('failed') : undefined)
  })
}

/** From what is answered at once to the deadline of a call, and to an upload. Seconds. */
const ANSWER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30]

function measureAnswers(app: FastifyInstance, measure: NonNullable<Meters['measure']>): void {
  const seconds = measure({
    name: 'parley_http_seconds',
    help: 'From a request to the end of its answer, by the class of its status; probes are left out',
    label: 'status',
    buckets: ANSWER_SECONDS,
  })
  app.addHook('onResponse', async ({ routeOptions: { logLevel } }, reply) => {
    if (logLevel !== 'silent') seconds(reply.elapsedTime / 1_000, `${Math.floor(reply.statusCode / 100)}xx`)
  })
}

/**
 * Makes an app of `createServiceApp` answer for these services: one `/readyz` over all their checks and, where any has
 * routes, one API with one description, which pages of allowed origins may call. Once for an app.
 */
export async function serveMounts(app: FastifyInstance, mounts: readonly Omit<Mount, 'service'>[]): Promise<void> {
  await app.register(health, { checks: mergedChecks(mounts) })
  const served = mounts.flatMap(({ routes }) => routes ?? [])
  if (served.length === 0) return
  await app.register(cors, {
    origin: (origin, decide) => decide(null, app.isAllowedOrigin(origin)),
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['retry-after'],
    maxAge: 3_600,
  })
  await app.register(apiDescription, { tags: served.flatMap(({ tags }) => tags) })
  for (const { register } of served) await register(app)
}

function mergedChecks(mounts: readonly Pick<Mount, 'checks'>[]): HealthOptions['checks'] {
  const merged = new Map<string, { check: Check; optional: boolean }>()
  for (const [name, given] of mounts.flatMap(({ checks }) => Object.entries(checks))) {
    const { check, optional } = typeof given === 'function' ? { check: given, optional: false } : given
    merged.set(name, { check, optional: optional || merged.get(name)?.optional === true })
  }
  return Object.fromEntries(merged)
}
