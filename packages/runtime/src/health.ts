import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** Passes by returning, fails by throwing. */
export type Check = () => unknown | Promise<unknown>

export interface HealthOptions {
  /** By name; one that is optional shows when it fails, but the process stays ready. */
  checks: Record<string, Check | { check: Check; optional: boolean }>
  /** How long each check may take, in milliseconds. */
  timeoutMs?: number
}

export interface Readiness {
  status: 'ok' | 'degraded' | 'unavailable' | 'draining'
  checks: Record<string, { ok: boolean; detail?: string }>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** From now on /readyz answers 503, so that nothing new is sent here; everything else goes on. */
    drain(): void
  }
}

/**
 * `GET /healthz`: 200 as long as the process can answer. `GET /readyz`: 200 when every check that is not optional
 * passes, else 503; 503 too once the app drains or closes. Without authentication, and not logged.
 */
export const health = fastifyPlugin(
  async (app: FastifyInstance, { checks, timeoutMs = 1000 }: HealthOptions) => {
    let draining = false
    const drain = () => {
      draining = true
    }
    app.decorate('drain', drain)
    app.addHook('preClose', async () => drain())

    const failing = new Set<string>()
    let asking: Promise<Readiness> | undefined

    async function passes(name: string, check: Check): Promise<{ ok: boolean; detail?: string }> {
      const late = new AbortController()
      try {
        await Promise.race([
          Promise.resolve().then(check),
          new Promise((_, reject) => {
            const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
            late.signal.addEventListener('abort', () => clearTimeout(timer))
          }),
        ])
        if (failing.delete(name)) app.log.info({ check: name }, 'check passes again')
        return { ok: true }
      } catch (err) {
        if (!failing.has(name)) app.log.warn({ err, check: name }, 'check fails')
        failing.add(name)
        return { ok: false, detail: detailOf(err) }
      } finally {
        late.abort()
      }
    }

    async function ask(): Promise<Readiness> {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, given]) => {
          const { check, optional } = typeof given === 'function' ? { check: given, optional: false } : given
          return { name, optional, result: await passes(name, check) }
        }),
      )
      const failed = results.filter(({ result }) => !result.ok)
      const status = failed.some(({ optional }) => !optional) ? 'unavailable' : failed.length ? 'degraded' : 'ok'
      return { status, checks: Object.fromEntries(results.map(({ name, result }) => [name, result])) }
    }

    app.get('/healthz', { logLevel: 'silent' }, async () => ({ status: 'ok' }))
    app.get('/readyz', { logLevel: 'silent' }, async (_request, reply) => {
      if (draining) return reply.code(503).send({ status: 'draining', checks: {} } satisfies Readiness)
      // However many ask at once, the checks run once: this address is open to everybody.
      asking ??= ask().finally(() => {
        asking = undefined
      })
      const readiness = await asking
      return reply.code(readiness.status === 'unavailable' ? 503 : 200).send(readiness)
    })
  },
  { name: 'parley-health', fastify: '5.x' },
)

/** The address is public: the reason's kind is told, the rest is in the log. */
function detailOf(err: unknown): string {
  const { code, message } = (err ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code)) return code
  return typeof message === 'string' && message.startsWith('no answer within') ? message : 'failed'
}
