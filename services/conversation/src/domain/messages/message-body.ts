import {
  builtInKind,
  hasControls,
  inputCheck,
  isBlank,
  isUuid,
  kinds,
  mentionsIn,
  ParleyError,
  type Payload,
  type Policy,
  type SendMessage,
  shownContent,
} from '@parley/contracts'
import { Type } from 'typebox'
import { bodyHash } from '../body-hash.ts'
import { keptText } from '../kept-text.ts'
import { customType, requirePayload, wordsOf } from '../policy/custom-types.ts'
import type { MessageExtras } from '../ports/messages.ts'
import { invalidField } from '../refusals.ts'

/** What a sender says, wherever to. */
export type MessageBody = Pick<SendMessage, 'type' | 'content' | 'payload' | 'attachments' | 'replyTo' | 'silent'>

/** The body as it is kept. */
export interface KeptBody {
  content: string
  /** Null for a plain text. */
  extras: MessageExtras | null
}

/** Recognises the same body again. That of a plain text is as former releases have stored it. */
export function hashOfBody({ type = 'text', content, payload, replyTo, silent, attachments }: MessageBody): string {
  const hasFiles = attachments !== undefined && attachments.length > 0
  if (payload === undefined && replyTo === undefined && !silent && !hasFiles) return bodyHash([type, content])
  const said = [type, content, sorted(payload), replyTo, silent === true]
  return bodyHash(hasFiles ? [...said, attachments] : said)
}

/** In whatever order a client says the fields. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)])
}

/** Refuses what no policy can allow. */
export function requireBody({ type: given, content, payload, attachments = [] }: MessageBody): void {
  const type = given ?? 'text'
  const kind = builtInKind(type)
  requireAttachmentIds(attachments)
  if (!kind) return
  const hasFiles = attachments.length > 0
  if (kind.attachments === 'required' && !hasFiles) throw invalidField('/attachments', 'required', 'are required')
  if (kind.attachments === 'none' && hasFiles)
    throw invalidField('/attachments', 'kind', `are not for messages of the type ${type}`)
  // the files alone say what it is
  const isOfFiles = hasFiles && given === undefined
  if (kind.content === 'required' && content === undefined && !isOfFiles)
    throw invalidField('/content', 'required', 'is required')
  if (kind.content === 'none' && content !== undefined)
    throw invalidField('/content', 'kind', `is not for messages of the type ${type}`)
  const check = checks.get(type)
  if (check) {
    check(payload === undefined ? {} : { payload })
    const mistakes = kind.mistakes?.(payload!) ?? []
    const errors = mistakes.map((mistake) => ({ ...mistake, pointer: `/payload${mistake.pointer}` }))
    const [first] = errors
    if (first) throw new ParleyError('invalid_input', `${first.pointer} ${first.detail}`, { errors })
  } else if (payload !== undefined) throw invalidField('/payload', 'kind', `is not for messages of the type ${type}`)
}

const checks = new Map(
  kinds.flatMap(({ type, payload }) => (payload ? [[type, inputCheck(Type.Object({ payload }))] as const] : [])),
)

function requireAttachmentIds(ids: readonly string[]): void {
  for (const [i, id] of ids.entries()) {
    if (!isUuid(id)) throw invalidField(`/attachments/${i}`, 'format', 'is not the id of an attachment')
    if (ids.indexOf(id) < i) throw invalidField(`/attachments/${i}`, 'uniqueItems', 'is there twice')
  }
}

/** What is kept of the body, within what the policy allows; `requireBody` has let it pass. */
export function keptBody(body: MessageBody, policy: Policy): KeptBody {
  const { type = 'text', content: given = '', replyTo, silent } = body
  requireFewAttachments(body, policy)
  const custom = builtInKind(type) ? undefined : customType(policy, type)
  if (!custom && !builtInKind(type))
    throw invalidField('/type', 'policy', `${JSON.stringify(type)} is not a type of message here`)
  const payload = custom ? requirePayload(custom, body.payload) : sentPayload(body)
  const words = custom && given === '' ? wordsOf(custom, payload!) : ''
  const content = given === '' ? words : keptContent(given, policy)
  const mentions = mentionsIn(content)
  if (!payload && replyTo === undefined && !silent && mentions.length === 0) return { content, extras: null }
  const extras: MessageExtras = {
    ...(payload && { payload }),
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions.length > 0 && { mentions }),
    ...(silent && { silent: true as const }),
  }
  return { content, extras }
}

function requireFewAttachments({ attachments = [] }: MessageBody, { attachments: { maxCount } }: Policy): void {
  if (attachments.length > maxCount)
    throw invalidField(
      `/attachments/${maxCount}`,
      'maxItems',
      `is one more than the ${maxCount} that a message may have`,
    )
}

/** What is kept of the payload that a sender gives. */
export function sentPayload({ type = 'text', payload: given }: MessageBody): Payload | undefined {
  const kind = builtInKind(type)
  if (!given || !kind) return given
  const payload = keptWords(given, '/payload') as Payload
  return kind.kept ? kind.kept(payload) : payload
}

/** Everything that people read of each other is kept as text of a message is. */
function keptWords(value: unknown, pointer: string): unknown {
  if (typeof value === 'string') {
    if (hasControls(value)) throw invalidField(pointer, 'controls', 'holds control characters')
    if (isBlank(value)) throw invalidField(pointer, 'blank', 'is empty')
    return shownContent(value)
  }
  if (Array.isArray(value)) return value.map((inner, i) => keptWords(inner, `${pointer}/${i}`))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, keptWords(inner, `${pointer}/${key}`)]))
}

/** The content as it is kept, within what the policy allows. */
export function keptContent(content: string, { messages: { maxLength } }: Policy): string {
  const kept = keptText(content, '/content')
  // UTF-16 length is an upper bound of the characters; count them only when it matters
  if (kept.length > maxLength && [...kept].length > maxLength)
    throw invalidField('/content', 'maxLength', `is longer than ${maxLength} characters`)
  return kept
}
