import type { ContextRule, Policy, PresetName } from '@parley/contracts'

const DAY = 24 * 3_600
const TEN_SECONDS = 10_000

const IMAGES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']
const VIDEOS = ['video/mp4', 'video/webm', 'video/quicktime']
const AUDIO = ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/webm']
const DOCUMENTS = [
  'application/pdf',
  'text/plain',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
]

/** At once, or some days after the context took the status. */
const readOnly = (reason: string, days = 0) => ({
  conversation: 'read_only' as const,
  reason,
  ...(days > 0 && { afterSeconds: days * DAY }),
})
const closed = (reason: string) => ({ conversation: 'closed' as const, reason })
const anything: ContextRule = { conversation: 'one', starters: null, statuses: {} }

/** What people type. A loop in a client is stopped, a quick writer is not. */
const human = {
  userMessages: { points: 30, durationMs: TEN_SECONDS },
  conversationMessages: { points: 200, durationMs: TEN_SECONDS },
  tenantMessages: null,
  userCalls: { points: 300, durationMs: TEN_SECONDS },
}

const TALK = ['text', 'image', 'video', 'audio', 'file']
/** Every type that is Parley's own and a user's to send. */
const BUSINESS = [...TALK, 'location', 'contact', 'service_offer', 'booking_request']

/** How lists of conversations behave, in every world. */
const lists = { unarchiveOnMessage: true, maxPinned: 5 }

/** What people may store, in every world, besides what they may attach. */
const files = { maxBytesByType: {}, userQuotaBytes: null, tenantQuotaBytes: null, linkPreviews: false }

/** Where a tenant has set nothing: everybody may talk to everybody, about anything. */
const byDefault: Policy = {
  preset: 'default',
  roles: { admin: ['admin'], service: ['service'] },
  conversations: { ...lists, direct: [{ from: '*', to: '*' }], group: ['*'] },
  contexts: { '*': anything },
  groups: { maxParticipants: 500, history: 'from_joining', notices: true },
  messages: {
    types: BUSINESS,
    customTypes: {},
    maxLength: 2_000,
    editWindowSeconds: DAY,
    deleteWindowSeconds: null,
    reactions: 'many',
    pinning: 'everyone',
    readOnFetch: false,
  },
  offers: { adminMayAct: false, expireAfterSeconds: null, bookingsExpireAfterSeconds: 14 * DAY },
  attachments: {
    ...files,
    types: [...IMAGES, ...VIDEOS, ...AUDIO, ...DOCUMENTS],
    maxBytes: 25 * 1024 ** 2,
    maxCount: 10,
  },
  contactDetails: { mask: false },
  visibility: { receipts: true, presence: true, withoutPresence: [] },
  users: { visible: 'everyone', mustExist: true },
  blocking: { contexts: false },
  moderation: { keepReportedSeconds: 180 * DAY, preSendHook: null },
  notifications: { channels: ['push', 'email', 'inApp'], previews: true, digestAfterMinutes: null },
  search: { language: null },
  rateLimits: {
    // a loop, not a person
    userMessages: { points: 5_000, durationMs: TEN_SECONDS },
    conversationMessages: null,
    tenantMessages: null,
    userCalls: { points: 3_000, durationMs: TEN_SECONDS },
  },
}

/** Who has no business with somebody does not find them. */
const byBusiness: Policy['users'] = { ...byDefault.users, visible: 'shared' }

/** What was said stays as it was said. */
const kept = { editWindowSeconds: 0, deleteWindowSeconds: 0 }

/**
 * Starting points, each named after the world of one of the systems that Parley replaces. docs/presets.md says which rule
 * comes from where; infra/reference writes its tables from here.
 */
export const presets: Readonly<Record<PresetName, Policy>> = {
  default: byDefault,

  // A customer and a provider, about one appointment, for as long as it matters.
  appointments: {
    ...byDefault,
    preset: 'appointments',
    conversations: { ...lists, direct: [], group: [] },
    contexts: {
      appointment: {
        conversation: 'one',
        starters: ['customer', 'provider'],
        statuses: {
          completed: readOnly('completed', 7),
          in_warranty: readOnly('warranty_over', 30),
          cancelled: closed('cancelled'),
          expired: closed('expired'),
          no_show: closed('no_show'),
        },
      },
    },
    messages: { ...byDefault.messages, types: TALK, ...kept },
    attachments: { ...files, types: [...IMAGES, ...DOCUMENTS], maxBytes: 10 * 1024 ** 2, maxCount: 1 },
    users: byBusiness,
    rateLimits: human,
  },

  // Customers and the staff who look after their bookings.
  'support-desk': {
    ...byDefault,
    preset: 'support-desk',
    conversations: {
      ...lists,
      direct: [
        { from: 'customer', to: 'admin' },
        { from: 'admin', to: 'customer' },
      ],
      group: [],
    },
    contexts: {
      booking: {
        conversation: 'one',
        starters: ['customer', 'admin'],
        statuses: { archived: readOnly('archived'), closed: closed('closed') },
      },
    },
    messages: { ...byDefault.messages, types: TALK, readOnFetch: true },
    attachments: { ...files, types: [...IMAGES, ...DOCUMENTS], maxBytes: 10 * 1024 ** 2, maxCount: 5 },
    users: byBusiness,
    rateLimits: human,
  },

  // Two people, and nothing else.
  direct: {
    ...byDefault,
    preset: 'direct',
    conversations: { ...lists, direct: [{ from: '*', to: '*' }], group: [] },
    contexts: {},
    messages: { ...byDefault.messages, types: TALK },
    attachments: { ...files, types: [...IMAGES, ...VIDEOS], maxBytes: 50 * 1024 ** 2, maxCount: 1 },
    rateLimits: human,
  },

  // A client and a freelancer, about a contract and each of its milestones.
  contracts: {
    ...byDefault,
    preset: 'contracts',
    conversations: { ...lists, direct: [], group: ['admin'] },
    contexts: {
      contract: {
        conversation: 'one',
        starters: ['client', 'freelancer'],
        statuses: {
          completed: readOnly('completed', 30),
          cancelled: readOnly('cancelled'),
          terminated: closed('terminated'),
        },
      },
      milestone: {
        conversation: 'one',
        starters: ['client', 'freelancer'],
        statuses: {
          approved: readOnly('approved', 14),
          paid: readOnly('paid', 14),
          cancelled: readOnly('cancelled'),
        },
      },
    },
    messages: { ...byDefault.messages, types: TALK },
    groups: { maxParticipants: 50, history: 'all', notices: true },
    users: byBusiness,
    rateLimits: human,
  },

  // Everybody finds everybody; offers and booking requests come before any booking.
  marketplace: {
    ...byDefault,
    preset: 'marketplace',
    groups: { maxParticipants: 100, history: 'from_joining', notices: true },
    blocking: { contexts: true },
    rateLimits: human,
  },
}
