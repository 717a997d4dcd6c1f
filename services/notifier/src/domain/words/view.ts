import { knownLocale } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { type Language, languageOf, wordsOf } from './languages.ts'
import type { Told, Ways } from './told.ts'

/** What the names of a template stand for. */
export interface View {
  kind: string
  recipient: { name: string | null }
  conversation: { name: string; isDirect: boolean } | null
  context: { type: string; title: string | null; status: string | null } | null
  sender: { name: string } | null
  senders: string | null
  count: string
  isOne: boolean
  isMany: boolean
  hasMessages: boolean
  more: string | null
  messages: { senderName: string; preview: string; time: string; showsSender: boolean }[]
  url: string | null
  unsubscribeUrl: string | null
  canReply: boolean
}

/** Every name that a template may have. */
export const NAMES: ReadonlySet<string> = new Set([
  '.',
  'kind',
  ...['recipient', 'recipient.name', 'name'],
  ...['conversation', 'conversation.name', 'conversation.isDirect', 'isDirect'],
  ...['context', 'context.type', 'context.title', 'context.status', 'type', 'title', 'status'],
  ...['sender', 'sender.name', 'senders'],
  ...['count', 'isOne', 'isMany', 'hasMessages', 'more'],
  ...['messages', 'senderName', 'preview', 'time', 'showsSender'],
  ...['url', 'unsubscribeUrl', 'canReply'],
])

/** From here on it is "99+". */
const MOST = 100

/**
 * What a template says of it, with numbers, lists and times as people of the locale write them. Hidden, it has nothing of what was said, nor
 * of who said it and where. Times are of `timeZone`, where it is known.
 */
export function viewOf(
  { kind, conversation, messages, unreadCount, user }: Told,
  ways: Ways,
  { isHidden, locale, timeZone }: { isHidden: boolean; locale: string; timeZone: string | null },
): View {
  const known = knownLocale(locale)
  const language = languageOf(known)
  const count = Math.max(unreadCount, messages.length)
  const number = formatsOf(known).number
  const told = {
    kind,
    recipient: { name: user.name },
    count: count >= MOST ? `${number.format(MOST - 1)}+` : number.format(count),
    isOne: count === 1,
    isMany: count !== 1,
    hasMessages: messages.length > 0,
    ...ways,
  }
  if (isHidden)
    return { ...told, conversation: null, context: null, sender: null, senders: null, more: null, messages: [] }
  const names = namesOf(messages, language)
  const previews = messages.map((message) => previewOf(message, language))
  const senders = formatsOf(known).list.format(names)
  const { title = null, context = null } = conversation ?? {}
  // a conversation of two, and what is of none, are known by whoever speaks
  const isDirect = conversation === null || conversation.kind === 'direct'
  const last = messages.at(-1)
  return {
    ...told,
    conversation: conversation && { name: title ?? context?.title ?? (senders || (previews.at(-1) ?? '')), isDirect },
    context: context && { type: context.type, title: context.title ?? null, status: context.status ?? null },
    sender: last ? { name: nameOf(last, language) } : null,
    senders: senders || null,
    more: count > messages.length ? number.format(count - messages.length) : null,
    messages: messages.map((message, i) => ({
      senderName: nameOf(message, language),
      preview: previews[i]!,
      time: timeOf(message.at, known, timeZone),
      showsSender: !isDirect,
    })),
  }
}

function nameOf({ senderName, moved }: Told['messages'][number], language: Language): string {
  const { somebody, offices } = wordsOf(language)
  return senderName ?? (moved ? (offices[moved.party] ?? somebody) : somebody)
}

/** What was written; or what became of it, with what that was. */
function previewOf({ preview, moved }: Told['messages'][number], language: Language): string {
  if (!moved) return preview
  const { moves, moved: otherwise } = wordsOf(language)
  const words = moves[moved.type]?.[moved.action] ?? otherwise
  return preview === '' ? words : `${words}: ${preview}`
}

/** Everybody once, in the order in which they spoke. */
function namesOf(messages: Told['messages'], language: Language): string[] {
  const people = messages.filter(({ senderName, moved }) => !moved || senderName !== null)
  const bySender = new Map(people.map((message) => [message.senderId, nameOf(message, language)]))
  return [...new Set(bySender.values())]
}

function timeOf(at: string, locale: string, timeZone: string | null): string {
  const { times } = formatsOf(locale)
  let format = times.get(timeZone ?? '')
  if (!format) {
    format = new Intl.DateTimeFormat(locale, timeZone ? { dateStyle: 'medium', timeStyle: 'short', timeZone } : IN_UTC)
    times.set(timeZone ?? '', format)
  }
  return format.format(new Date(at))
}

const IN_UTC: Intl.DateTimeFormatOptions = {
  ...{ year: 'numeric', month: 'short', day: 'numeric' },
  ...{ hour: 'numeric', minute: '2-digit' },
  timeZone: 'UTC',
  timeZoneName: 'short',
}

interface Formats {
  number: Intl.NumberFormat
  list: Intl.ListFormat
  /** By time zone, which people write as they like. */
  times: LRUCache<string, Intl.DateTimeFormat>
}

/** Making one takes longer than all the rest of a text. */
const formats = new LRUCache<string, Formats>({ max: 200 })

function formatsOf(locale: string): Formats {
  let found = formats.get(locale)
  if (!found) {
    const list = new Intl.ListFormat(locale, { type: 'conjunction' })
    found = { number: new Intl.NumberFormat(locale), list, times: new LRUCache({ max: 50 }) }
    formats.set(locale, found)
  }
  return found
}
