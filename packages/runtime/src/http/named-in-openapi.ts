import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import { definitions, withReferences } from '@parley/contracts/named-schemas'

const PREFIX = '#/components/schemas/'

export const components = definitions(PREFIX)

/**
 * What is described refers to named objects instead of spelling them out at each route. Validation keeps the schemas as
 * they are.
 */
export const namedInOpenapi: SwaggerTransform = ({ schema, url }) => {
  // a route without a schema, such as the preflight one
  if (!schema) return { schema, url }
  const named: Record<string, unknown> = { ...schema }
  // their fields become parameters one by one
  for (const part of ['params', 'querystring', 'headers'] as const)
    if (schema[part] !== undefined) named[part] = withReferences(schema[part], PREFIX, true)
  for (const part of ['body', 'response'] as const)
    if (schema[part] !== undefined) named[part] = withReferences(schema[part], PREFIX)
  return { schema: named, url }
}

/** Leaves out the named objects that no route mentions: gateways know of more than REST does. */
export const withUsedComponents: SwaggerTransformObject = (documents) => {
  if (!('openapiObject' in documents)) return documents.swaggerObject
  const { openapiObject } = documents
  const { schemas = {} } = openapiObject.components ?? {}
  const used = new Set<string>()
  const follow = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      follow(schemas[name])
    }
  }
  follow(openapiObject.paths)
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  return Object.assign(openapiObject, {
    components: { ...openapiObject.components, schemas: Object.fromEntries(kept) },
  })
}
