import type { admin, chat, clientEvents, host, OperationId, webhooks } from '@parley/contracts'
import { type NotifierOperation, notifierOperations } from './devices.ts'
import { type FileOperation, fileOperations } from './files.ts'
import {
  anywhere,
  cancelling,
  context,
  contexts,
  conversation,
  conversations,
  deciding,
  deleting,
  deletingMany,
  editing,
  marking,
  markingMessages,
  message,
  messages,
  passingOn,
  pinning,
  reacting,
  rescheduling,
  scheduling,
  syncing,
  takingBack,
  typing,
  unpinning,
  writing,
  writingFirst,
} from './messages.ts'
import type { Place } from './roles.ts'
import {
  adminsOnly,
  type Case,
  everBeen,
  everybody,
  noParticipant,
  nothingOfTheirs,
  onlyGroups,
  owners,
  participants,
  serviceOnly,
  users,
  whileOpen,
  whoIsIn,
} from './verdicts.ts'
import type { Target } from './world.ts'

const otherUsers: Place[] = ['known', 'stranger', 'missing', 'foreign']
const user = ({ userId }: Target) => ({ userId })
const said = { title: 'A booking', metadata: {} }
const nothing = () => ({})
const mine = (more: object = {}): Case => ({ at: anywhere, may: everybody, input: () => ({ ...more }) })
const reading = (more: object = {}): Case => ({
  at: conversations,
  may: participants,
  input: (it) => ({ ...conversation(it), ...more }),
})
/** Whoever may not know how somebody is is told the same as of somebody who does not exist. */
const seeing: Case[] = [
  { at: [...otherUsers, 'self'], may: everybody, makes: true, input: ({ userId }) => ({ userIds: [userId] }) },
]
const reviewing: Case = {
  at: ['group', 'missing'],
  may: adminsOnly,
  uses: 'held',
  input: ({ heldMessageId }) => ({ heldMessageId }),
}
/** What one does with a conversation for oneself, whatever has become of it. */
const own: Case[] = [reading()]
const muting: Case[] = [reading({ until: null })]
const drafting: Case[] = [reading({ content: 'hel' })]
/** In a conversation of its own: the others are asked for their messages later. */
const clearing: Case[] = [{ ...reading(), uses: 'group' }]
const overseeing = (input: Case['input'] = nothing): Case => ({ at: anywhere, may: adminsOnly, input })
const invite = (kind: string) => (others: string[]) => ({ kind, participants: others.map((userId) => ({ userId })) })

/** By operationId. An operation that a contract binds to a route, and that has no row here, does not compile. */
export const operations: Record<
  OperationId<typeof chat | typeof host | typeof admin | typeof webhooks> | FileOperation | NotifierOperation,
  readonly Case[]
> = {
  ...fileOperations,
  ...notifierOperations,

  getMe: [mine()],
  updateMe: [mine({ receipts: true })],
  getUserPolicy: [mine()],
  getTotalUnreadCount: [mine()],
  sync: syncing,

  createConversation: [
    {
      way: 'group',
      at: anywhere,
      may: { ...everybody, observer: 'forbidden' },
      input: ({ newcomer, provider }) => invite('group')([newcomer, provider]),
    },
    {
      way: 'group, with who has blocked them',
      at: anywhere,
      may: { ...everybody, observer: 'forbidden', blocked: 'blocked' },
      input: () => invite('group')(['person-blocker']),
    },
    { way: 'direct', at: anywhere, may: everybody, input: ({ provider }) => invite('direct')([provider]) },
    {
      way: 'direct, with whom nobody may start one',
      at: anywhere,
      may: { ...users('forbidden'), admin: 'forbidden', service: 'ok' },
      input: () => invite('direct')(['person-recluse']),
    },
    {
      way: 'direct, with who has blocked them',
      at: anywhere,
      may: { ...everybody, blocked: 'blocked' },
      input: () => invite('direct')(['person-blocker']),
    },
  ],
  listConversations: [mine({ limit: 100 })],
  getConversation: [reading()],
  updateConversation: [
    {
      at: conversations,
      may: owners,
      but: whileOpen,
      input: (it) => ({ ...conversation(it), title: 'Another title' }),
    },
  ],
  markRead: [marking],
  archiveConversation: own,
  unarchiveConversation: own,
  muteConversation: muting,
  unmuteConversation: own,
  pinConversation: own,
  unpinConversation: own,
  deleteConversation: clearing,
  putDraft: drafting,
  deleteDraft: own,
  listDrafts: [mine()],
  markDelivered: [marking],
  markUnread: [reading({ seq: 1 })],
  markMessagesRead: markingMessages,
  listReceipts: [
    { whose: 'own', at: conversations, may: participants, input: message },
    { whose: 'other', at: messages, may: participants, input: message },
  ],
  getUnreadCount: [reading()],

  listParticipants: [reading({ limit: 100 })],
  addParticipant: [
    {
      at: conversations,
      may: owners,
      but: whileOpen,
      input: (it) => ({ ...conversation(it), userId: it.newcomer, role: 'member' }),
    },
  ],
  updateParticipant: [
    {
      at: conversations,
      may: owners,
      but: whileOpen,
      input: (it) => ({ ...conversation(it), userId: it.userId, role: 'moderator' }),
    },
  ],
  removeParticipant: [
    {
      way: 'somebody else',
      at: conversations,
      may: owners,
      but: onlyGroups,
      uses: 'group',
      input: (it) => ({ ...conversation(it), userId: it.userId }),
    },
    {
      way: 'oneself',
      at: conversations,
      may: participants,
      but: {
        direct: { ...whoIsIn('forbidden'), blocked: 'forbidden' },
        context: whoIsIn('forbidden'),
        readOnly: whoIsIn('forbidden'),
      },
      uses: 'group',
      input: (it) => ({ ...conversation(it), userId: it.askerId }),
    },
  ],

  sendMessage: writing,
  sendMessageTo: writingFirst,
  importMessages: [
    {
      at: conversations,
      may: serviceOnly,
      uses: 'quiet',
      input: (it) => ({
        ...conversation(it),
        messages: [
          { senderId: 'person-owner', content: 'long ago', createdAt: new Date().toISOString(), clientId: it.newcomer },
        ],
      }),
    },
  ],
  listMessages: [reading({ limit: 50 })],
  searchMessages: [mine({ q: 'word' }), { way: 'in a conversation', ...reading({ q: 'word' }) }],
  getMessage: [
    { whose: 'own', at: conversations, may: participants, input: message },
    { whose: 'other', at: messages, may: participants, input: message },
  ],
  getMessageHistory: [
    { whose: 'own', at: conversations, may: { ...participants, admin: 'ok', service: 'ok' }, input: message },
    { whose: 'other', at: messages, may: { ...noParticipant, admin: 'ok', service: 'ok' }, input: message },
  ],
  editMessage: editing,
  deleteMessage: deleting,
  deleteMessages: [deletingMany],
  pinMessage: pinning,
  unpinMessage: unpinning,
  listPins: [reading()],
  forwardMessage: passingOn,
  listReactions: [{ whose: 'other', at: messages, may: participants, input: message }],
  addReaction: reacting,
  removeReaction: takingBack,
  actOnMessage: deciding,
  setMessageState: [
    {
      at: conversations,
      may: serviceOnly,
      uses: 'offer',
      input: ({ forHost }) => ({ messageId: forHost, status: 'refused' }),
    },
  ],

  upsertContext: [
    {
      at: contexts,
      may: serviceOnly,
      makes: true,
      uses: 'context',
      input: (it) => ({ ...context(it), ...said, members: it.members }),
    },
  ],
  upsertContexts: [
    {
      at: anywhere,
      may: serviceOnly,
      input: ({ newcomer }) => ({ contexts: [{ type: 'booking', id: newcomer, ...said, members: [] }] }),
    },
  ],
  getContext: [{ at: contexts, may: serviceOnly, input: context }],
  openContextConversation: [
    {
      at: contexts,
      may: { ...participants, service: 'ok' },
      but: { unstarted: { blocked: 'forbidden' } },
      uses: 'context',
      input: context,
    },
  ],
  findContextConversation: [
    {
      at: contexts,
      may: { ...participants, service: 'ok' },
      but: { unstarted: { ...whoIsIn('not_found'), blocked: 'not_found', service: 'not_found' } },
      input: context,
    },
  ],

  upsertUser: [
    {
      at: otherUsers,
      may: serviceOnly,
      makes: true,
      uses: 'user',
      input: (it) => ({ ...user(it), locale: 'de' }),
    },
  ],
  upsertUsers: [
    { at: anywhere, may: serviceOnly, input: ({ newcomer }) => ({ users: [{ userId: newcomer, locale: 'de' }] }) },
  ],
  searchUsers: [mine({ q: 'person' })],
  getUser: [
    {
      at: [...otherUsers, 'self'],
      may: { ...participants, admin: 'ok', service: 'ok' },
      but: nothingOfTheirs,
      input: user,
    },
  ],
  listRecipients: [{ at: conversations, may: serviceOnly, input: conversation }],
  getUserUnread: [{ at: [...otherUsers, 'self'], may: serviceOnly, input: user }],
  disableUser: [{ at: otherUsers, may: adminsOnly, input: user }],
  enableUser: [{ at: otherUsers, may: adminsOnly, input: user }],
  revokeSessions: [
    { at: otherUsers, may: adminsOnly, input: (it) => ({ ...user(it), sessionId: 'no-token-is-of-it' }) },
  ],
  listSessions: [mine()],
  endSession: [mine({ sessionId: 'no-token-is-of-it' })],
  getPresence: seeing,
  blockUser: [{ at: otherUsers, may: everBeen, input: user }],
  unblockUser: [{ at: otherUsers, may: everybody, makes: true, input: user }],
  listBlocks: [mine()],
  listBroadcasts: [mine()],
  report: [
    { way: 'a conversation', ...reading({ reason: 'spam' }), may: everBeen },
    {
      way: 'a message',
      whose: 'other',
      at: messages,
      may: participants,
      input: (it) => ({ ...message(it), reason: 'spam' }),
    },
    {
      way: 'a user',
      at: [...otherUsers, 'self'],
      may: everBeen,
      but: nothingOfTheirs,
      input: (it) => ({ ...user(it), reason: 'spam' }),
    },
  ],

  scheduleMessage: scheduling,
  listScheduledMessages: [mine()],
  updateScheduledMessage: [rescheduling],
  cancelScheduledMessage: [cancelling],
  listHeldMessages: [mine()],
  listHeldForReview: [overseeing()],
  releaseHeldMessage: [reviewing],
  refuseHeldMessage: [reviewing],
  listCannedReplies: [mine({ q: 'a' }), { way: 'in a conversation', ...reading() }],
  putCannedReply: [mine({ shortcut: 'thanks', text: 'Thank you, {{name|all}}' })],
  deleteCannedReply: [mine({ shortcut: 'never-there' })],
  listTenantCannedReplies: [overseeing()],
  putTenantCannedReply: [overseeing(() => ({ shortcut: 'hours', text: 'We are open from 9 to 5', roles: null }))],
  deleteTenantCannedReply: [overseeing(() => ({ shortcut: 'never-there' }))],

  getPolicy: [overseeing()],
  setPolicy: [overseeing(({ policy }) => policy)],
  listAllConversations: [overseeing(), { way: 'of somebody', ...overseeing(() => ({ userId: 'person-participant' })) }],
  inspectConversation: [{ at: conversations, may: adminsOnly, input: conversation }],
  inspectMessages: [{ at: conversations, may: adminsOnly, input: (it) => ({ ...conversation(it), limit: 50 }) }],
  xrayMessage: [
    { whose: 'own', at: conversations, may: adminsOnly, input: message },
    { whose: 'other', at: messages, may: adminsOnly, input: message },
  ],
  joinConversation: [
    { at: conversations, may: adminsOnly, uses: 'asker', input: (it) => ({ ...conversation(it), role: 'observer' }) },
  ],
  setConversationStatus: [
    { at: conversations, may: adminsOnly, input: (it) => ({ ...conversation(it), status: it.status }) },
  ],
  inspectUser: [{ at: [...otherUsers, 'self'], may: adminsOnly, input: user }],
  getStats: [overseeing(() => ({ days: 2 }))],
  broadcast: [overseeing(() => ({ content: 'hello everybody' }))],
  listAudit: [overseeing(() => ({ limit: 100 }))],
  countOpenReports: [overseeing()],
  listReports: [overseeing(() => ({ limit: 100 }))],
  decideReport: [
    {
      at: ['reported', 'missing', 'foreign'],
      may: adminsOnly,
      uses: 'report',
      input: ({ reportId }) => ({ reportId, status: 'dismissed' }),
    },
  ],
}

/**
 * By event. Typing is tried after joining, as clients do it. Joining and leaving are the gateway's own: it lets go of the
 * sockets of who was disabled, and a socket that is still there may leave, and say how it is.
 */
export const events: Record<keyof typeof clientEvents, readonly Case[]> = {
  send_message: writingFirst,
  edit_message: editing,
  delete_message: deleting,
  delete_messages: [deletingMany],
  pin_message: pinning,
  unpin_message: unpinning,
  forward_message: passingOn,
  add_reaction: reacting,
  remove_reaction: takingBack,
  act_on_message: deciding,
  search_messages: [mine({ q: 'word' }), { way: 'in a conversation', ...reading({ q: 'word' }) }],
  join_conversation: [{ at: conversations, may: { ...participants, admin: 'ok' }, input: conversation }],
  leave_conversation: [{ at: conversations, may: { ...everybody, disabled: 'ok' }, makes: true, input: conversation }],
  refresh_token: [{ at: anywhere, may: everybody, input: ({ token }) => ({ token }) }],
  typing_start: [typing],
  typing_stop: [{ at: conversations, may: { ...participants, disabled: 'not_found' }, input: conversation }],
  get_presence: seeing,
  set_presence: [{ ...mine({ state: 'away' }), may: { ...everybody, disabled: 'ok' } }],
  schedule_message: scheduling,
  update_scheduled_message: [rescheduling],
  cancel_scheduled_message: [cancelling],
  mark_read: [marking],
  archive_conversation: own,
  unarchive_conversation: own,
  mute_conversation: muting,
  unmute_conversation: own,
  pin_conversation: own,
  unpin_conversation: own,
  delete_conversation: clearing,
  put_draft: drafting,
  delete_draft: own,
  mark_delivered: [marking],
  mark_unread: [reading({ seq: 1 })],
  mark_messages_read: markingMessages,
  update_me: [mine({ receipts: true })],
  sync: syncing,
}
