import { builtInKind } from '@parley/contracts'

/** What the payload of one of Parley's own kinds says to people; the rest of it are ids, amounts and times. */
const SAID = new Set(['title', 'name', 'note', 'address', 'organization', 'emails', 'phones', 'caption', 'fileName'])
/** Of a tenant's own kind all is said but what only programs read. */
const UNSAID = /^(https?:\/\/\S*|data:\S*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\S*)$/i
const MAX_DEPTH = 6

/** What a message is found by: its text, what its payload says to people, and what its files are called. */
export function searchableTexts(message: {
  type: string
  content: string
  payload: object | null
  attachmentNames: readonly string[] | null
}): string[] {
  const { type, content, payload, attachmentNames } = message
  const said = payload === null ? [] : saidIn(payload, builtInKind(type) === undefined, MAX_DEPTH)
  return [content, ...said, ...(attachmentNames ?? [])]
}

function saidIn(value: unknown, isSaid: boolean, depth: number): string[] {
  if (typeof value === 'string') return isSaid && !UNSAID.test(value) ? [value] : []
  if (typeof value !== 'object' || value === null || depth === 0) return []
  if (Array.isArray(value)) return value.flatMap((item) => saidIn(item, isSaid, depth - 1))
  return Object.entries(value).flatMap(([key, item]) => saidIn(item, isSaid || SAID.has(key), depth - 1))
}
