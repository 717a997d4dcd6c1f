/** Any port of this machine, by its usual names. */
const localhost = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Which pages may call: those of CORS_ORIGINS, and outside production those of this machine, so that a front end in
 * development works without settings. `host` is the request's Host header: a page of the same host may always.
 */
export function originCheck(config: {
  CORS_ORIGINS: readonly string[]
  NODE_ENV: string
}): (origin: string | undefined, host?: string) => boolean {
  const listed = new Set(config.CORS_ORIGINS)
  const everybody = listed.has('*')
  const development = config.NODE_ENV !== 'production'
  return (origin, host) => {
    // no page sent it: a server, an app, a command line
    if (origin === undefined) return true
    if (everybody || listed.has(origin)) return true
    if (development && localhost.test(origin)) return true
    return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`)
  }
}
