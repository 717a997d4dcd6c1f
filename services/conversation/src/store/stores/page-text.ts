import type { Positional } from '@parley/database'
import type { EncodedMessage } from '../../domain/ports/reads.ts'
import { type MessageAnswer, type PageSenderAnswer, pageSender } from '../answers.ts'
import { isoTime } from './iso-time.ts'
import { messageOf } from './to-message.ts'

/** ASCII's separators. Within JSON they are escaped, and no id or type has them. */
const GROUP = '\x1d'
const RECORD = '\x1e'
const UNIT = '\x1f'

/**
 * The messages of a page as page_text() answers them, encoded, in its order. What most messages are is put together as text, out of
 * texts: fifty of them cost less than to make objects of them and encode these. It is what `toMessage` would have made, in its
 * order; the others are made by that.
 */
export function encodedPage(conversationId: string, answer: string): EncodedMessage[] {
  const [senders = '', others = '', records = ''] = answer.split(GROUP)
  if (records === '') return []
  const names = objectOf<Positional<PageSenderAnswer>>(senders)
  const unlike = objectOf<Positional<MessageAnswer>>(others)
  const begin = `","conversationId":"${conversationId}","seq":`
  const bySender = new Map<string, string>()
  return records.split(RECORD).map((record) => {
    const [id, seq, type, at, senderId, content, tooMuch] = record.split(UNIT)
    if (seq === undefined) return { seq: Number(id), json: JSON.stringify(messageOf(unlike[id!]!)) }
    if (content === undefined || tooMuch !== undefined) throw new Error('An id of a page has a separator in it')
    let sender = bySender.get(senderId!)
    if (sender === undefined) {
      sender = senderText(senderId!, names[senderId!])
      bySender.set(senderId!, sender)
    }
    const createdAt = isoTime(Math.floor(Number(at) / 1_000))
    const json =
      `{"id":"${id}${begin}${seq},"rev":0,${sender},"type":${JSON.stringify(type)},"content":${content},"payload":null,` +
      `"attachments":[],"mentions":[],"replyTo":null,"reactions":[],"editedAt":null,"deletedAt":null,"createdAt":"${createdAt}"}`
    return { seq: Number(seq), json }
  })
}

/** The text's own fields alone: ids may be called as what every object has. */
const objectOf = <T>(text: string): Record<string, T> =>
  text === '' ? {} : Object.assign(Object.create(null), JSON.parse(text))

function senderText(senderId: string, answer: Positional<PageSenderAnswer> | undefined): string {
  const { name, avatarUrl } = answer ? pageSender.decode(answer) : { name: null, avatarUrl: null }
  return `"senderId":${JSON.stringify(senderId)},"sender":${JSON.stringify({ userId: senderId, name, avatarUrl })}`
}
