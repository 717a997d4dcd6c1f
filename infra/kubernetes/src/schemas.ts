import { createRequire } from 'node:module'
import type { Manifest } from './manifests.ts'

const require = createRequire(import.meta.url)

interface Model {
  validate(): void
}

/** What `kubernetes-models` knows of a kind; undefined of custom resources, and of what kustomize itself reads. */
export function modelOf({ apiVersion, kind }: Manifest): (new (manifest: Manifest) => Model) | undefined {
  try {
    return require(`kubernetes-models/${apiVersion}`)[kind]
  } catch {
    return undefined
  }
}

export interface Fields {
  /** Paths of fields that the schema does not have, such as `Deployment.spec.replica`. */
  unknown: string[]
  /** Paths of maps in which every name is allowed, such as `Deployment.metadata.labels`; `[]` is any element. */
  free: string[]
}

/** What was read of one object of a manifest. */
interface Reading {
  path: string
  fields: string[]
  asked: Set<string>
  isWalked: boolean
}

/**
 * The schemas of the package are compiled to functions that let additional fields pass, as Kubernetes' own do. A function asks for every
 * field that its schema has, and walks along the names of a map that is free: what is neither asked for nor walked along, it does not know.
 * Works on a patch too, where required fields are missing.
 */
export function fieldsOf(manifest: Manifest): Fields {
  const Model = modelOf(manifest)
  if (!Model) throw new Error(`There is no schema of ${manifest.apiVersion} ${manifest.kind}`)
  const readings: Reading[] = []
  try {
    Model.prototype.validate.call(watched(manifest, manifest.kind, readings))
  } catch {
    // what is wrong with fields that it knows is another question, and all are asked for nevertheless
  }
  const unknown = readings.flatMap(({ path, fields, asked, isWalked }) =>
    isWalked ? [] : fields.filter((field) => !asked.has(field)).map((field) => `${path}.${field}`),
  )
  return {
    // what is below a field that it does not know is not asked for either
    unknown: unknown.filter((path) => !unknown.some((other) => path.startsWith(`${other}.`))),
    free: readings.flatMap(({ path, isWalked }) => (isWalked ? path.replaceAll(/\.\d+(?=\.|$)/g, '[]') : [])),
  }
}

function watched<T extends object>(value: T, path: string, readings: Reading[]): T {
  const reading: Reading = {
    path,
    fields: Array.isArray(value) ? [] : Object.keys(value),
    asked: new Set(),
    isWalked: false,
  }
  readings.push(reading)
  const inner = new Map(
    Object.entries(value)
      .filter(([, one]) => typeof one === 'object' && one !== null)
      .map(([name, one]) => [name, watched(one, `${path}.${name}`, readings)]),
  )
  return new Proxy(value, {
    get(target, name) {
      if (typeof name !== 'string') return Reflect.get(target, name)
      reading.asked.add(name)
      return inner.get(name) ?? Reflect.get(target, name)
    },
    ownKeys(target) {
      reading.isWalked = true
      return Reflect.ownKeys(target)
    },
  })
}
