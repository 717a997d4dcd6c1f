import type { Manifest } from './manifests.ts'

/** Which service a path comes to; undefined: none. */
export type WayIn = (path: string) => string | undefined

interface IngressRule {
  http: { paths: { path: string; backend: { service: { name: string } } }[] }
}

interface HttpRouteRule {
  matches: { path: { type: 'PathPrefix' | 'Exact' | 'RegularExpression'; value: string }; queryParams?: unknown[] }[]
  backendRefs: { name: string }[]
}

/** As ingress-nginx does where any path is a regular expression: all are, from the beginning, and the longest is tried first. */
export function ingressWays(manifests: Manifest[]): WayIn {
  const paths = manifests
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ spec }) => (spec.rules as IngressRule[]).flatMap(({ http }) => http.paths))
    .toSorted((a, b) => b.path.length - a.path.length)
  return (asked) => paths.find(({ path }) => new RegExp(`^${path}`, 'i').test(asked))?.backend.service.name
}

/** As the Gateway API orders matches, with regular expressions before prefixes; they have to match the whole path. */
export function httpRouteWays(manifests: Manifest[]): WayIn {
  const rank = { Exact: 0, RegularExpression: 1, PathPrefix: 2 }
  const matches = manifests
    .filter(({ kind }) => kind === 'HTTPRoute')
    .flatMap(({ spec }) => spec.rules as HttpRouteRule[])
    .flatMap(({ matches, backendRefs }) => matches.map(({ path }) => ({ ...path, service: backendRefs[0]?.name })))
    .toSorted((a, b) => rank[a.type] - rank[b.type] || b.value.length - a.value.length)
  return (asked) =>
    matches.find(({ type, value }) =>
      type === 'Exact'
        ? asked === value
        : type === 'RegularExpression'
          ? new RegExp(`^(?:${value})$`).test(asked)
          : value === '/' || asked === value || asked.startsWith(`${value}/`),
    )?.service
}
