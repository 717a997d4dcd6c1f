import {
  mentionsIn,
  type NotifiedConversation,
  type NotifiedMessage,
  previewOf,
  type RecipientsPage,
  textParts,
} from '@parley/contracts'
import type { Database, Positional } from '@parley/database'
import type { AudienceReads } from '../domain/ports/audience.ts'
import { contextFields } from './answers.ts'
import {
  type AudienceStandingAnswer,
  audienceConcerned,
  audienceConversation,
  audienceMessage,
  audienceReader,
  audienceRecipient,
  audienceRecipients,
  audienceStanding,
  type ConcernedPageAnswer,
  concernedPerson,
  type NewsAnswer,
  type NotifiedConversationAnswer,
  type NotifiedMessageAnswer,
  newsAfter,
  newsHappened,
  newsRead,
  newsWritten,
  type RecipientsAnswer,
  standingMessage,
  standingMoved,
  untold,
} from './audience-answers.ts'
import { isoTime, isoTimeOrNull } from './stores/iso-time.ts'
import { readChange } from './stores/outbox.ts'
import { toConversationContext } from './stores/to-conversation.ts'

const RECIPIENTS = `SELECT coalesce(json_agg(audience_recipients($1, i.conversation, i.after, $2, $3, i.told) ORDER BY i.ord), '[]')
  FROM unnest($4::uuid[], $5::text[], $6::jsonb[]) WITH ORDINALITY AS i (conversation, after, told, ord)`
const CONCERNED = 'SELECT audience_concerned($1,$2,$3,$4,$5,$6,$7,$8)'
const NEWS = 'SELECT news_after($1::json,$2)'
const STANDINGS = 'SELECT audience_standings($1,$2,$3,$4,$5,$6,$7)'

/** What the functions answer that the notification worker asks. */
export function createAudienceReads(database: Database): AudienceReads {
  return {
    change: (tenantId, { userId, ...place }) =>
      readChange(database, { tenantId, ...place, userId: userId ?? undefined }),
    async recipients(tenantId, asked, { delayMs, limit }) {
      if (asked.length === 0) return []
      const answers = await database.read<(Positional<RecipientsAnswer> | null)[]>('audience_recipients', RECIPIENTS, [
        ...[tenantId, limit, delayMs],
        asked.map(({ conversationId }) => conversationId),
        asked.map(({ after }) => after),
        asked.map(({ told }) => JSON.stringify(told)),
      ])
      return answers.map((answer) => answer && toRecipientsPage(answer))
    },
    async news(position, limit) {
      const answer = await database.read<Positional<NewsAnswer>>('news_after', NEWS, [position, limit])
      const { written, read, happened, ...place } = newsAfter.decode(answer)
      return {
        ...place,
        written: written.map((one) => {
          const { at, ...conversation } = newsWritten.decode(one)
          return { ...conversation, at: isoTime(at) }
        }),
        read: read.map(newsRead.decode),
        happened: happened.map((one) => {
          const { at, ...news } = newsHappened.decode(one)
          return { ...news, at: isoTime(at) }
        }),
      }
    },
    async concerned(tenantId, { kind, aboutId, userId, seq, rev }, after, limit) {
      const answer = await database.read<Positional<ConcernedPageAnswer> | null>('audience_concerned', CONCERNED, [
        ...[tenantId, aboutId, kind, userId, seq, rev, after, limit],
      ])
      if (!answer) return { concerned: [], next: null }
      const { concerned, next } = audienceConcerned.decode(answer)
      return {
        concerned: concerned.map((one) => {
          const { mutedUntil, ...person } = concernedPerson.decode(one)
          return { ...person, mutedUntil: isoTimeOrNull(mutedUntil) }
        }),
        next,
      }
    },
    async standings(tenantId, places, unread) {
      if (places.length === 0) return []
      const answers = await database.read<(Positional<AudienceStandingAnswer> | null)[]>(
        'audience_standings',
        STANDINGS,
        [
          tenantId,
          places.map(({ userId }) => userId),
          places.map(({ conversationId }) => conversationId),
          places.map(({ fromSeq }) => fromSeq),
          places.map(({ toSeq }) => toSeq),
          places.map(({ isBare }) => isBare),
          unread,
        ],
      )
      return answers.map((answer) => {
        if (!answer) return null
        const { conversation, messages, name, locale, email, ...counts } = audienceStanding.decode(answer)
        return {
          ...counts,
          conversation: toNotifiedConversation(conversation),
          messages: messages.map((message) => toNotifiedMessage(standingMessage.decode(message), locale ?? undefined)),
          user: { name, locale, email },
        }
      })
    },
  }
}

function toRecipientsPage(answer: Positional<RecipientsAnswer>): RecipientsPage {
  const { conversation, recipients, messages, readers, ...page } = audienceRecipients.decode(answer)
  return {
    ...page,
    conversation: toNotifiedConversation(conversation),
    readers: readers.map(audienceReader.decode),
    recipients: recipients.map((recipient) => {
      const { untold: news, mutedUntil, ...person } = audienceRecipient.decode(recipient)
      return { ...person, ...untold.decode(news), mutedUntil: isoTimeOrNull(mutedUntil) }
    }),
    messages: messages.map((message) => {
      const { at, ...unread } = audienceMessage.decode(message)
      return { ...unread, at: isoTime(at) }
    }),
  }
}

function toNotifiedConversation(answer: Positional<NotifiedConversationAnswer>): NotifiedConversation {
  const { context, ...conversation } = audienceConversation.decode(answer)
  return { ...conversation, context: context && toConversationContext(contextFields.decode(context)) }
}

/** The one place where a row becomes what a notification says of a message. */
function toNotifiedMessage(row: NotifiedMessageAnswer, locale: string | undefined): NotifiedMessage {
  const { content, payload, at, firstAttachment: first, attachments: count, mentions, moved: move, ...message } = row
  const moved = move ? standingMoved.decode(move) : null
  // of what was deleted nothing is said
  if (moved && payload === null) return { ...message, preview: '', at: isoTime(at), moved }
  const attachments = first ? Array.from({ length: count ?? 1 }, () => first) : []
  const words = mentions ? withNames(content, mentions) : content
  return {
    ...message,
    preview: previewOf({ type: moved?.type ?? message.type, content: words, payload, attachments }, locale),
    at: isoTime(at),
    moved,
  }
}

/** Whoever is mentioned is called by name. */
function withNames(content: string, names: Readonly<Record<string, string>>): string {
  const known = mentionsIn(content).filter((userId) => Object.hasOwn(names, userId))
  return textParts(content, known)
    .map((part) => ('text' in part ? part.text : `@${names[part.userId]}`))
    .join('')
}
