import { Type } from 'typebox'
import { NotificationChannel, NotificationPreferences } from './notification-preferences.ts'
import { orNull } from './or-null.ts'
import { count, flag, openFor, seconds, words } from './policy-fields.ts'
import { CustomType, PreSendHook, RateRule, StartRule } from './policy-rules.ts'

/** `image/png`, or the whole family `image/*`. */
const MEDIA_TYPE = '^[a-z]+/[a-z0-9.+*-]+$'

/** Those of which every supported Postgres knows the endings. */
const SEARCH_LANGUAGES = [
  ...([
    'arabic',
    'danish',
    'dutch',
    'english',
    'finnish',
    'french',
    'german',
    'greek',
    'hungarian',
    'indonesian',
  ] as const),
  ...([
    'irish',
    'italian',
    'lithuanian',
    'nepali',
    'norwegian',
    'portuguese',
    'romanian',
    'russian',
    'spanish',
  ] as const),
  ...(['swedish', 'tamil', 'turkish'] as const),
]

/** What a tenant's rules are about, and in each what they say. */
export const sections = {
  roles: {
    admin: words(50, 'The roles of tokens that moderate the tenant. Whoever has another word is a user'),
    service: words(50, "The roles of tokens that are the host's backend"),
  },
  conversations: {
    direct: Type.Array(StartRule, {
      maxItems: 200,
      description:
        'Who may start a direct conversation with whom, by the roles of their tokens, `*` being everybody; empty: nobody, ' +
        'conversations belong to a context',
    }),
    group: words(50, 'Whose roles may create groups, `*` being everybody'),
    unarchiveOnMessage: flag('What somebody has archived comes back to their list when something new is written there'),
    maxPinned: count(0, 100, 'As many conversations as somebody may pin at the top of their list'),
  },
  groups: {
    maxParticipants: count(2, 500, 'As many people as a group holds at once'),
    history: Type.Enum(['all', 'from_joining'], {
      description:
        'What somebody sees who joins a group, or becomes a member of a context, for the first time. Whoever comes back sees ' +
        'what is said from then on',
    }),
    notices: flag('Who is added, removed or leaves, and a new title, is a line of the history'),
  },
  messages: {
    types: Type.Array(Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z][a-z0-9_.-]*$' }), {
      maxItems: 50,
      description: "The types of message that users may send, besides the tenant's own",
    }),
    customTypes: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_.-]{0,39}$' }), CustomType, {
      maxProperties: 20,
      additionalProperties: false,
      description: "The tenant's own types of message, by name",
    }),
    maxLength: count(1, 10_000, 'Characters of a message'),
    editWindowSeconds: orNull(
      seconds(),
      'How long after sending its sender may edit a message; null: for ever, 0: never',
    ),
    deleteWindowSeconds: orNull(
      seconds(),
      'How long after sending its sender may delete it for everyone; null: for ever, 0: never',
    ),
    reactions: Type.Enum(['many', 'one', 'none'], {
      description:
        'How many reactions somebody may have on a message. With `one` the next takes the place of the one before; with `none` those that ' +
        'are there can be taken back',
    }),
    pinning: Type.Enum(['everyone', 'moderators', 'nobody'], {
      description:
        'Who may pin messages for all: whoever writes there, or owners and moderators of groups and admins who have come in',
    }),
    readOnFetch: flag('Fetching the latest page marks it as read, as if the reader had said so'),
  },
  offers: {
    adminMayAct: flag(
      'Admins accept, decline and withdraw offers, and confirm, decline and cancel booking requests, of anybody; audited',
    ),
    expireAfterSeconds: orNull(
      openFor(),
      'How long an offer that says no `expiresAt` can be accepted; null: until somebody decides',
    ),
    bookingsExpireAfterSeconds: orNull(
      openFor(),
      'How long a booking request that says no `expiresAt` can be confirmed; null: until somebody decides',
    ),
  },
  attachments: {
    types: Type.Array(Type.String({ minLength: 3, maxLength: 100, pattern: MEDIA_TYPE }), {
      maxItems: 100,
      description: 'Media types that may be attached, with `*` for a whole family: `image/*`',
    }),
    maxBytes: count(0, 1_073_741_824, 'The largest that one may be, in bytes'),
    maxCount: count(0, 50, 'As many as a message may have'),
    maxBytesByType: Type.Record(Type.String({ pattern: MEDIA_TYPE }), count(0, 1_073_741_824, 'Bytes'), {
      maxProperties: 50,
      additionalProperties: false,
      description:
        'Where some may be larger than others: by media type or family; the narrowest that fits holds, else `maxBytes`',
    }),
    userQuotaBytes: orNull(
      count(0, 1e15, 'Bytes'),
      'As much as one user may have stored at a time, in bytes; null: no limit',
    ),
    tenantQuotaBytes: orNull(
      count(0, 1e15, 'Bytes'),
      'As much as all of them may have stored, in bytes; null: no limit',
    ),
    linkPreviews: flag(
      'The first link of a message gets a card with the title and picture of its page, which the storage service fetches',
    ),
  },
  contactDetails: {
    mask: flag('Phone numbers, addresses and links to elsewhere are kept out of what others read'),
  },
  visibility: {
    receipts: flag('Participants see how far the others have read'),
    presence: flag(
      'People who are in a conversation together see whether the others are there, and when they were last',
    ),
    withoutPresence: words(50, 'Roles of tokens of which nobody sees whether they are there; nor do they of others'),
  },
  users: {
    visible: Type.Enum(['everyone', 'shared'], {
      description:
        'Whom a user finds by name and may look at: `everyone` of the tenant, or those whom they are in a conversation with. ' +
        'Admins and the backend see everybody',
    }),
    mustExist: flag(
      'Who is invited, let in or written to by a user has to be known: by a token of theirs, or because the backend named them. ' +
        'Otherwise an id that nobody has is taken as it comes. Outside production it is no where nothing is set',
    ),
  },
  blocking: {
    contexts: flag(
      "A block also stops the two's conversations about a context, while nobody else talks there; their direct one it always stops",
    ),
  },
  moderation: {
    keepReportedSeconds: orNull(
      seconds(),
      'How long, after it was decided, a report keeps what was reported as it was then; null: for ever. An open one keeps it',
    ),
    preSendHook: orNull(
      PreSendHook,
      'Asks the host before what a user says is there for others; null: nobody is asked. Admins and the backend are not asked about',
    ),
  },
  notifications: {
    channels: Type.Array(NotificationChannel, {
      maxItems: NotificationChannel.enum.length,
      description:
        'The ways in which people are told at all; each of them turns off for themselves what they do not want',
    }),
    previews: flag(
      'What was said stands in pushes and e-mails. No: only that there is something, whatever somebody wants for themselves',
    ),
    digestAfterMinutes: orNull(
      Type.Integer({ ...NotificationPreferences.properties.digestAfterMinutes.anyOf[0] }),
      'How old what somebody has not read gets before an e-mail tells of it, where they have not said; null: it comes as soon as a push does',
    ),
  },
  search: {
    language: orNull(
      Type.Enum(SEARCH_LANGUAGES),
      'Other forms of a word are found as well, by the endings of this language; null: words as they were written. It holds for ' +
        'messages that are sent from then on; `npm run reindex` for those before',
    ),
  },
  rateLimits: {
    userMessages: orNull(RateRule, 'Messages of one user; null: no limit'),
    conversationMessages: orNull(RateRule, 'Messages of users into one conversation; null: no limit'),
    tenantMessages: orNull(RateRule, "Messages of the whole tenant, its backend's too; null: no limit"),
    userCalls: orNull(RateRule, 'Any other call of one user; null: no limit'),
  },
}
