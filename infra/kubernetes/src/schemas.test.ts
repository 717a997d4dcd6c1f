import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { K8S, type Manifest, parseManifests } from './manifests.ts'
import { fieldsOf, modelOf } from './schemas.ts'

/** As files have them, patches and examples too: nothing has to be rendered for it. */
const written = readdirSync(K8S, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseManifests(readFileSync(`${K8S}${name}`, 'utf8')))
  .filter((manifest) => manifest?.kind && modelOf(manifest))
const kinds = [...new Set(written.map(({ kind }) => kind))]

it('every manifest that is written has only fields that Kubernetes knows', () => {
  expect(kinds.length).toBeGreaterThanOrEqual(12)
  expect(written.flatMap((manifest) => fieldsOf(manifest).unknown)).toEqual([])
})

it('may have names of its own only where a map is meant', () => {
  const free = new Set(written.flatMap((manifest) => fieldsOf(manifest).free))
  const meant = /\.(labels|annotations|matchLabels|limits|requests|data|stringData)$|^Service\.spec\.selector$/
  expect(free.size).toBeGreaterThan(20)
  expect([...free].filter((path) => !meant.test(path))).toEqual([])
})

it.each(kinds)('any field of a %s that is misspelt is seen', (kind) => {
  let misspelt = 0
  for (const manifest of structuredClone(written.filter((one) => one.kind === kind)))
    for (const { at, field, path } of fieldsIn(manifest)) {
      const value = at[field]
      delete at[field]
      at[`${field}x`] = value
      expect(fieldsOf(manifest).unknown).toEqual([`${path}x`])
      delete at[`${field}x`]
      at[field] = value
      misspelt++
    }
  expect(misspelt).toBeGreaterThan(2)
})

interface Place {
  at: Record<string, unknown>
  field: string
  path: string
}

/** All fields but those of free maps, and those that say which schema it is. */
function fieldsIn(manifest: Manifest): Place[] {
  const free = new Set(fieldsOf(manifest).free)
  const visit = (value: unknown, path: string): Place[] => {
    if (typeof value !== 'object' || value === null || free.has(path.replaceAll(/\.\d+(?=\.|$)/g, '[]'))) return []
    const at = value as Record<string, unknown>
    return Object.keys(at).flatMap((field) => {
      const here = Array.isArray(value) ? [] : [{ at, field, path: `${path}.${field}` }]
      return [...here, ...visit(at[field], `${path}.${field}`)]
    })
  }
  return visit(manifest, manifest.kind).filter(({ path }) => !/^\w+\.(apiVersion|kind)$/.test(path))
}
