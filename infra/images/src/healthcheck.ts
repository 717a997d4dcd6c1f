/**
 * What a container's health is asked with: `node healthcheck.js /healthz`. Ends with 0 where this process's own port answers that path with
 * success, and with 1 otherwise. By node because the images have no other program that speaks HTTP.
 */
const path = process.argv[2] ?? '/healthz'
const url = new URL(path, `http://127.0.0.1:${process.env.PORT || 8080}`)

const answered = await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
  ({ ok, status }) => (ok ? undefined : `answers ${status}`),
  (error: Error) => String(error.cause ?? error),
)
if (answered !== undefined) process.stderr.write(`${url.href} ${answered}\n`)
process.exit(answered === undefined ? 0 : 1)

export {}
