import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { DEVELOPMENT_SECRET } from '@parley/runtime'
import { type Check, type Finding, type Patient, saying } from './finding.ts'

const ANSWER_MS = 3_000
const GIB = 1024 ** 3
/** As jwt libraries ask for it of HS256: the secret is as long as the hash. */
const SAFE_SECRET_LENGTH = 32

export const nodeVersion: Check = {
  name: 'node',
  look() {
    const { ok, warning, wrong } = saying('node')
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    if (major < 20 || (major === 20 && minor < 20))
      return [wrong(`Node ${process.version} is too old`, 'install Node 20.20 or later; the images have 24')]
    if (major % 2 === 1)
      return [warning(`Node ${process.version} is no release that is kept up`, 'install an even one')]
    return [ok(`Node ${process.version}`)]
  },
}

export const tokens: Check = {
  name: 'tokens',
  async look({ config, isProduction }) {
    const { ok, warning, wrong } = saying('tokens')
    const { JWT_SECRET: secret, JWT_PUBLIC_KEY: key, JWT_JWKS_URL: url, JWT_ISSUER, JWT_AUDIENCE } = config
    const open =
      isProduction && (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined)
        ? [
            warning(
              'tokens that the same key signs for other purposes are taken too',
              'set JWT_ISSUER and JWT_AUDIENCE to what your tokens say',
            ),
          ]
        : []
    if (url !== undefined) return [await lookAtKeySet(url), ...open]
    if (key !== undefined) return [ok('verified by JWT_PUBLIC_KEY'), ...open]
    if (secret === undefined || secret === DEVELOPMENT_SECRET)
      return isProduction
        ? [wrong('there is nothing to verify tokens with', 'set JWT_SECRET, JWT_PUBLIC_KEY or JWT_JWKS_URL')]
        : [warning('signed with a secret that everybody knows', 'set JWT_SECRET before anybody else comes in')]
    if (secret.length < SAFE_SECRET_LENGTH)
      return [
        (isProduction ? wrong : warning)(
          `JWT_SECRET has ${secret.length} characters: whoever has one token can find it out`,
          `set JWT_SECRET to ${SAFE_SECRET_LENGTH} random characters or more (openssl rand -base64 32)`,
        ),
        ...open,
      ]
    if (new Set(secret).size < 10)
      return [
        (isProduction ? wrong : warning)(
          'JWT_SECRET has few different characters: it can be guessed',
          'set JWT_SECRET to something random (openssl rand -base64 32)',
        ),
        ...open,
      ]
    return [ok('verified by JWT_SECRET'), ...open]
  },
}

async function lookAtKeySet(url: string): Promise<Finding> {
  const { ok, wrong } = saying('tokens')
  const change = 'correct JWT_JWKS_URL, or let this machine reach it'
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })
    if (!response.ok) return wrong(`the key set at ${url} answers ${response.status}`, change)
    const { keys } = (await response.json()) as { keys?: { kty?: string; use?: string }[] }
    const usable = (keys ?? []).filter(({ kty, use }) => kty !== 'oct' && (use === undefined || use === 'sig'))
    if (usable.length === 0) return wrong(`the key set at ${url} holds no key that signs`, change)
    return ok(`verified by ${usable.length} keys of ${url}`)
  } catch (err) {
    return wrong(`the key set at ${url} cannot be had: ${reasonOf(err)}`, change)
  }
}

export const traces: Check = {
  name: 'traces',
  async look({ config: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } }) {
    const { ok, warning } = saying('traces')
    if (endpoint === undefined) return [ok('nothing is traced')]
    const change = 'correct OTEL_EXPORTER_OTLP_ENDPOINT (without /v1/traces), or start the receiver'
    try {
      const response = await fetch(`${endpoint.replace(/\/$/, '')}/v1/traces`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"resourceSpans":[]}' },
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      await response.body?.cancel()
      // a receiver that asks for a header of ours is there
      if (response.ok || [400, 401, 403].includes(response.status))
        return [ok(`${share * 100} % of what clients ask is traced, for ${endpoint}`)]
      return [warning(`the receiver of traces at ${endpoint} answers ${response.status}: they are lost`, change)]
    } catch (err) {
      return [warning(`the receiver of traces at ${endpoint} does not answer: ${reasonOf(err)}`, change)]
    }
  },
}

export const origins: Check = {
  name: 'origins',
  look({ config: { CORS_ORIGINS }, isProduction }) {
    const { ok, warning } = saying('origins')
    if (!isProduction) return [ok('pages of this machine may call')]
    if (CORS_ORIGINS.includes('*'))
      return [warning('pages of every origin may call', "name your front ends' origins in CORS_ORIGINS")]
    const plain = CORS_ORIGINS.filter((origin) => origin.startsWith('http://'))
    if (plain.length > 0)
      return [warning(`${plain.join(', ')} is not encrypted: anybody on the way is that page`, 'CORS_ORIGINS: https')]
    return [
      ok(CORS_ORIGINS.length > 0 ? `pages of ${CORS_ORIGINS.join(', ')} may call` : 'pages of the same site may call'),
    ]
  },
}

export const proxies: Check = {
  name: 'proxies',
  look({ config: { TRUST_PROXY, PUBLIC_URL, HOST, RATE_LIMIT_IP }, isProduction }) {
    const { ok, warning, wrong } = saying('proxies')
    const everybody = TRUST_PROXY.filter((proxy) => /^(0\.0\.0\.0\/0|::\/0)$/.test(proxy))
    if (everybody.length > 0)
      return [
        wrong(
          'whoever calls may say that it is another address',
          'name the networks of your proxies alone in TRUST_PROXY',
        ),
      ]
    if (TRUST_PROXY.length > 0) return [ok(`${TRUST_PROXY.join(', ')} may say who calls`)]
    const isBehind = PUBLIC_URL?.startsWith('https:') === true || HOST === '127.0.0.1'
    if (isProduction && isBehind && RATE_LIMIT_IP > 0)
      return [
        warning(
          `${PUBLIC_URL?.startsWith('https:') ? 'PUBLIC_URL is https' : 'HOST is this machine alone'}, so that a proxy stands in front, and nobody is believed who calls through it: ` +
            'limits by address do not hold, and cookies of a site are not known as its own',
          'set TRUST_PROXY to the addresses or networks of your proxies',
        ),
      ]
    return [ok('clients are known by the address that they connect from')]
  },
}

export const ports: Check = {
  name: 'ports',
  async look({ config: { PORT, METRICS_PORT, HOST } }) {
    const { warning, wrong } = saying('ports')
    if (PORT !== 0 && PORT === METRICS_PORT)
      return [wrong(`PORT and METRICS_PORT are both ${PORT}`, 'set METRICS_PORT to another one')]
    const findings = [await lookAtPort('PORT', PORT, HOST, '/healthz')]
    if (METRICS_PORT === 0)
      findings.push(warning('nobody can see how the process does', 'set METRICS_PORT, and let Prometheus scrape it'))
    else findings.push(await lookAtPort('METRICS_PORT', METRICS_PORT, HOST, '/metrics'))
    return findings
  },
}

async function lookAtPort(setting: string, port: number, host: string, path: string): Promise<Finding> {
  const { ok, wrong } = saying('ports')
  const failure = await bind(port, host)
  if (failure === undefined) return ok(`${setting}: ${host}:${port} is free`)
  if (failure === 'EADDRINUSE') {
    const at = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
    const answer = await fetch(`http://${at.includes(':') ? `[${at}]` : at}:${port}${path}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch(() => undefined)
    if (answer?.ok) return ok(`${setting}: a process serves at ${host}:${port} already`)
    return wrong(`${setting}: something else is at ${host}:${port}`, `set ${setting} to another one`)
  }
  const why = failure === 'EACCES' ? 'this user may not listen there' : `cannot be listened at (${failure})`
  return wrong(
    `${setting}: ${host}:${port}: ${why}`,
    failure === 'EACCES' ? `set ${setting} above 1023` : 'correct HOST',
  )
}

function bind(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? err.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

/** Below this nothing new is taken soon. */
const LEAST_BYTES = GIB / 10
const FEW_BYTES = GIB

export const disk: Check = {
  name: 'disk',
  of: ['storage'],
  look({ config: { PARLEY_DATA, S3_BUCKET, DATABASE_URL } }: Patient) {
    const { ok, warning, wrong } = saying('disk')
    const isHeld = DATABASE_URL === undefined || S3_BUCKET === undefined
    let folder = resolve(PARLEY_DATA)
    while (!existsSync(folder)) folder = dirname(folder)
    try {
      accessSync(folder, constants.W_OK | constants.X_OK)
    } catch {
      return [wrong(`${folder} may not be written to`, 'set PARLEY_DATA to a folder of this user')]
    }
    const { bavail, bsize } = statfsSync(folder)
    const free = bavail * bsize
    const says = `${(free / GIB).toFixed(1)} GiB are free for ${PARLEY_DATA}`
    if (free < LEAST_BYTES) return [wrong(says, 'make room, or set PARLEY_DATA to a larger disk')]
    if (free < FEW_BYTES) return [warning(says, 'make room, or set PARLEY_DATA to a larger disk')]
    return [ok(isHeld ? says : `${says}, where files are on their way in`)]
  },
}

export function reasonOf(err: unknown): string {
  const { message, cause, code } = err as { message?: string; cause?: unknown; code?: string }
  const deeper = cause instanceof Error ? ` (${reasonOf(cause)})` : ''
  return `${message || code || String(err)}${deeper}`
}
