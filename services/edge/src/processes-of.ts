import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { Upstream } from './upstreams.ts'

/**
 * Who is behind a name: each address that it has is a process. Compose gives a service's name the addresses of all its containers,
 * Kubernetes that of a headless one those of its pods. While the name cannot be resolved, those that it had: they may answer yet.
 */
export function processesOf(
  url: string,
  resolve: (hostname: string) => Promise<{ address: string; family: number }[]> = (hostname) =>
    lookup(hostname, { all: true }),
): () => Promise<readonly Upstream[]> {
  const { protocol, hostname, port } = new URL(url)
  let known: readonly Upstream[] = []
  return async () => {
    const found = await resolve(hostname.replace(/^\[|\]$/g, '')).catch(() => [])
    if (found.length === 0) return known
    known = found.map(({ address, family }) => {
      const at = `${protocol}//${family === 6 ? `[${address}]` : address}${port && `:${port}`}`
      // browsers hold the name in a cookie: it tells nobody what networks there are
      return { name: createHash('sha256').update(at).digest('hex').slice(0, 12), url: at }
    })
    return known
  }
}
