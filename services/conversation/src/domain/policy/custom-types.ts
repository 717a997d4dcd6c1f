import {
  builtInKind,
  type CustomType,
  hasControls,
  kindOf,
  ParleyError,
  type Payload,
  type Policy,
  shownLine,
} from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { invalidField } from '../refusals.ts'
import { mistakeOfSchema, type PayloadCheck, payloadCheck } from './json-schema.ts'

/** Refuses types of a tenant's that no message could be of, or that could hold up everybody. */
export function requireSoundTypes(types: Policy['messages']['customTypes']): void {
  const all = { parts: 0 }
  for (const [name, { schema }] of Object.entries(types)) {
    const at = `/messages/customTypes/${name}`
    if (builtInKind(name)) throw invalidField(at, 'reserved', 'is a type of Parley’s own')
    const mistake = mistakeOfSchema(schema, all)
    if (mistake) throw invalidField(`${at}/schema${mistake.pointer}`.slice(0, 200), 'schema', mistake.detail)
  }
}

/** The tenant's own type of that name. */
export function customType({ messages: { customTypes } }: Policy, name: string): CustomType | undefined {
  return Object.hasOwn(customTypes, name) ? customTypes[name] : undefined
}

/** Whether users may send messages of that type. */
export function mayUsersSend(policy: Policy, type: string): boolean {
  const custom = customType(policy, type)
  return custom ? custom.sentBy !== 'backend' : kindOf(type).sentBy === 'users' && policy.messages.types.includes(type)
}

/** By the text of their schema: a policy that is read again has the same ones. */
const compiled = new LRUCache<string, PayloadCheck>({ max: 1_000 })
/** By the type, as long as its policy is remembered. */
const known = new WeakMap<CustomType, PayloadCheck>()

function checkOf(type: CustomType): PayloadCheck {
  const before = known.get(type)
  if (before) return before
  const text = JSON.stringify(type.schema)
  const check = compiled.get(text) ?? payloadCheck(type.schema)
  compiled.set(text, check)
  known.set(type, check)
  return check
}

/** Refuses a payload that the type's schema does not take, and, whatever that says, one whose words or names hold control characters. */
export function requirePayload(type: CustomType, payload: Payload | undefined): Payload {
  if (payload === undefined) throw invalidField('/payload', 'required', 'is required')
  requireNoControls(payload, '/payload')
  const error = checkOf(type)(payload)
  if (!error) return payload
  const pointer = `/payload${error.pointer}`
  throw new ParleyError('invalid_input', `${pointer} ${error.detail}`, { errors: [{ ...error, pointer }] })
}

function requireNoControls(value: unknown, pointer: string): void {
  if (typeof value === 'string') {
    if (hasControls(value)) throw invalidField(pointer, 'controls', 'holds control characters')
  } else if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) requireNoControls(inner, `${pointer}/${i}`)
  } else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (hasControls(key)) throw invalidField(pointer, 'controls', 'has a name with control characters in it')
      requireNoControls(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    }
}

const MAX_WORDS = 500

/** What stands for a payload where its sender says nothing: the type's preview with what the payload has in its places. */
export function wordsOf({ preview }: CustomType, payload: Payload): string {
  if (preview === undefined) return ''
  const words = preview.replace(/\{\{\s*([^{}]{1,200}?)\s*\}\}/g, (_, path: string) => {
    let value: unknown = payload
    for (const name of path.split('.'))
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? value[name as never] : undefined
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
  })
  return [...shownLine(words.slice(0, 4 * MAX_WORDS))].slice(0, MAX_WORDS).join('')
}
