import type { Positional } from '@parley/database'
import type { EncodedMessage } from '../../domain/ports/reads.ts'
import { type MessageAnswer, type PageSenderAnswer, pageSender } from '../answers.ts'
import { isoTime } from './iso-time.ts'
import { messageOf } from './to-message.ts'

/** ASCII's separators. Within JSON they are escaped, and no id or type has them. */
const GROUP = '\x1d'
const UNIT = '\x1f'
const PARTS = 3
/** Of each message: id, seq, type, microseconds since 1970, sender, content as JSON; all but the seq empty where it is in another part. */
const UNITS = 6
const ID_LENGTH = 36

/** Between the words of most messages and their time. */
const REST =
  ',"payload":null,"attachments":[],"mentions":[],"replyTo":null,"reactions":[],"editedAt":null,"deletedAt":null,"createdAt":"'

/**
 * The messages of a page as page_text() answers them, encoded, in its order. What most messages are is put together as text, out of
 * texts: fifty of them cost less than to make objects of them and encode these. It is what `toMessage` would have made, in its
 * order; the others are made by that.
 */
export function encodedPage(conversationId: string, answer: string): EncodedMessage[] {
  const parts = answer.split(GROUP)
  const [senders = '', others = '', page = ''] = parts
  if (page === '') return []
  const units = page.split(UNIT)
  if (parts.length !== PARTS || units.length % UNITS !== 0) throw new Error('An id of a page has a separator in it')
  const names = objectOf<Positional<PageSenderAnswer>>(senders)
  const unlike = objectOf<Positional<MessageAnswer>>(others)
  const begin = `","conversationId":"${conversationId}","seq":`
  const bySender = new Map<string, string>()
  const messages: EncodedMessage[] = []
  for (let i = 0; i < units.length; i += UNITS) {
    const id = units[i]!
    const seq = units[i + 1]!
    if (id === '') {
      messages.push({ seq: Number(seq), json: JSON.stringify(messageOf(unlike[seq]!)) })
      continue
    }
    if (id.length !== ID_LENGTH) throw new Error('An id of a page has a separator in it')
    const senderId = units[i + 4]!
    let sender = bySender.get(senderId)
    if (sender === undefined) {
      sender = senderText(senderId, names[senderId])
      bySender.set(senderId, sender)
    }
    const createdAt = isoTime(Math.floor(Number(units[i + 3]) / 1_000))
    const json = `{"id":"${id}${begin}${seq}${sender}${units[i + 2]}","content":${units[i + 5]}${REST}${createdAt}"}`
    messages.push({ seq: Number(seq), json })
  }
  return messages
}

/** The text's own fields alone: ids may be called as what every object has. */
const objectOf = <T>(text: string): Record<string, T> =>
  text === '' ? {} : Object.assign(Object.create(null), JSON.parse(text))

/** What stands between the seq of a message and its type. */
function senderText(senderId: string, answer: Positional<PageSenderAnswer> | undefined): string {
  const { name, avatarUrl } = answer ? pageSender.decode(answer) : { name: null, avatarUrl: null }
  const sender = JSON.stringify({ userId: senderId, name, avatarUrl })
  return `,"rev":0,"senderId":${JSON.stringify(senderId)},"sender":${sender},"type":"`
}
