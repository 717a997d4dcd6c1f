import { type Static, Type } from 'typebox'
import { isTimeZone } from '../kinds/time-zone.ts'
import { ConversationId } from './identifiers.ts'
import { orNull } from './or-null.ts'

/**
 * What somebody can be told of. A message that is several of them is the most telling one: an offer, a mention, a message. A transition is
 * what becomes of an offer or a booking request.
 */
export type NotificationKind = Static<typeof NotificationKind>
export const NotificationKind = Type.Enum([
  'message',
  'mention',
  'offer',
  'booking_request',
  'transition',
  'added',
  'context',
  'broadcast',
  'report',
])

/** The ways in which somebody can be told. */
export type NotificationChannel = Static<typeof NotificationChannel>
export const NotificationChannel = Type.Enum(['push', 'email', 'inApp'])

/** Of what in one conversation somebody wants to be told. */
export type NotificationLevel = Static<typeof NotificationLevel>
export const NotificationLevel = Type.Enum(['all', 'mentions', 'nothing'], {
  description: '`mentions`: only of messages that mention you; `nothing`: of none of them',
})

const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', examples: ['22:00'] })

/** A span of each day, as the clock of a place shows it. */
export type QuietHours = Static<typeof QuietHours>
export const QuietHours = Type.Refine(
  Type.Object(
    {
      from: TimeOfDay,
      to: Type.String({ ...TimeOfDay, description: 'Before `from`: of the next day', examples: ['07:00'] }),
      timeZone: Type.Refine(
        Type.String({ minLength: 1, maxLength: 64, description: 'IANA', examples: ['Europe/Berlin'] }),
        isTimeZone,
        () => 'is not a time zone of IANA',
      ),
    },
    { additionalProperties: false },
  ),
  ({ from, to }) => from !== to,
  () => 'must end at another time than they begin',
)

const MAX_DIGEST_MINUTES = 10_080
const Digest = orNull(
  Type.Integer({ minimum: 1, maximum: MAX_DIGEST_MINUTES }),
  'An e-mail waits until what you have not read is so old, and tells of all of it; null: it comes as soon as a push does',
)

const channels = Object.fromEntries(NotificationChannel.enum.map((name) => [name, Type.Boolean()])) as Record<
  NotificationChannel,
  ReturnType<typeof Type.Boolean>
>
const kinds = Object.fromEntries(NotificationKind.enum.map((name) => [name, Type.Boolean()])) as Record<
  NotificationKind,
  ReturnType<typeof Type.Boolean>
>

/** How somebody wants to be told, complete: what they have said, over what holds in their tenant. */
export type NotificationPreferences = Static<typeof NotificationPreferences>
export const NotificationPreferences = Type.Object({
  channels: Type.Object(channels),
  kinds: Type.Object(kinds),
  quietHours: orNull(
    QuietHours,
    'No push and no e-mail comes then; what is still unread at their end is told of. The list in the app is kept all the same',
  ),
  previews: Type.Boolean({ description: 'No: pushes and e-mails say that there is something, and not what or whose' }),
  digestAfterMinutes: Digest,
  email: orNull(Type.String(), 'Where e-mails go: what the host has said of you. Null: none are sent'),
})

/** What is left out is as the tenant's rules have it, whatever was put before. */
export type PutNotificationPreferences = Static<typeof PutNotificationPreferences>
export const PutNotificationPreferences = Type.Object(
  {
    channels: Type.Optional(Type.Partial(Type.Object(channels), { additionalProperties: false })),
    kinds: Type.Optional(Type.Partial(Type.Object(kinds), { additionalProperties: false })),
    quietHours: Type.Optional(NotificationPreferences.properties.quietHours),
    previews: Type.Optional(NotificationPreferences.properties.previews),
    digestAfterMinutes: Type.Optional(Digest),
  },
  { additionalProperties: false },
)

export type ConversationLevel = Static<typeof ConversationLevel>
export const ConversationLevel = Type.Object(
  { conversationId: ConversationId, level: NotificationLevel },
  { additionalProperties: false },
)
