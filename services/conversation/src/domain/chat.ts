import type { Actor, Chat, Me, SendMessage, Served } from '@parley/contracts'
import { listBroadcasts } from './admin/broadcasts.ts'
import { inspectConversation } from './admin/inspect.ts'
import { askedFirst, lookAtAction, lookAtEdit } from './before-send/changed-words.ts'
import { listHeldMessages } from './before-send/held-messages.ts'
import { deleteCannedReply, listCannedReplies, putCannedReply } from './canned-replies/canned-replies.ts'
import { findContextConversation, openContextConversation } from './conversations/context-conversations.ts'
import { createConversation, createdBefore } from './conversations/create-conversation.ts'
import {
  archiveConversation,
  deleteConversation,
  deleteDraft,
  listDrafts,
  muteConversation,
  pinConversation,
  putDraft,
  unarchiveConversation,
  unmuteConversation,
  unpinConversation,
} from './conversations/own-state.ts'
import {
  getConversation,
  getTotalUnreadCount,
  getUnreadCount,
  listConversations,
} from './conversations/read-conversations.ts'
import { sync } from './conversations/sync.ts'
import { updateConversation } from './conversations/update-conversation.ts'
import { actOnMessage } from './deals/act-on-message.ts'
import type { Deps } from './deps.ts'
import { orFirstResult } from './made-before.ts'
import { editMessage } from './messages/change-message.ts'
import { deleteMessage, deleteMessages } from './messages/delete-message.ts'
import { forwardedBefore, forwardMessage } from './messages/forward-message.ts'
import { getMessage, listMessages } from './messages/list-messages.ts'
import { listReactions } from './messages/list-reactions.ts'
import { getMessageHistory } from './messages/message-history.ts'
import { listPins, pinMessage, unpinMessage } from './messages/pin-message.ts'
import { addReaction, removeReaction } from './messages/react.ts'
import { sendMessage } from './messages/send-message.ts'
import {
  addParticipant,
  listParticipants,
  removeParticipant,
  updateParticipant,
} from './participants/manage-participants.ts'
import { getUserPolicy } from './policy/user-policy.ts'
import { listReceipts } from './receipts/list-receipts.ts'
import { markDelivered, markMessagesRead, markRead, markUnread } from './receipts/mark-receipts.ts'
import {
  cancelScheduledMessage,
  listScheduledMessages,
  scheduledBefore,
  scheduleMessage,
  updateScheduledMessage,
} from './scheduled/scheduled-messages.ts'
import { searchMessages } from './search/search-messages.ts'
import { blockUser, getUser, listBlocks, unblockUser } from './users/block-users.ts'
import { identify } from './users/identify.ts'
import { getPresence } from './users/presence.ts'
import { report, reportedBefore } from './users/report.ts'
import { searchUsers } from './users/search-users.ts'
import { endSession, listSessions } from './users/sessions.ts'
import { updateMe } from './users/update-me.ts'

type UseCase<I, O> = (deps: Deps, actor: Actor, input: I) => Promise<O>

/**
 * A use-case for those who may come in, in the role that the tenant's policy gives them, users in turn.
 */
export function entered<I, O>(deps: Deps, useCase: UseCase<I, O>): (actor: Actor, input: I) => Promise<O> {
  return async (given, input) => {
    const actor = await deps.access.enter(given)
    return deps.turns.take(actor, () => useCase(deps, actor, input))
  }
}

/** The same for one that makes something under a key. `first` finds what an earlier call with the same key and body made. */
function repeatable<I extends { clientId?: string }, O>(
  deps: Deps,
  useCase: UseCase<I, O>,
  first: UseCase<I, O | undefined>,
  letIn: typeof entered = entered,
): (actor: Actor, input: I) => Promise<O> {
  const call = letIn(deps, useCase)
  return async (given, input) => {
    const actor = await deps.access.identify(given)
    const rule = async () => (await deps.policies.of(actor.tenantId)).rateLimits.userCalls
    const { clientId } = input
    return orFirstResult(
      deps,
      actor,
      { clientId, rule },
      () => call(given, input),
      () => first(deps, actor, input),
    )
  }
}

/** For what the store takes in batches, whoever sends it, or what takes a turn only where it looks for something. */
function batched<I, O>(deps: Deps, useCase: UseCase<I, O>): (actor: Actor, input: I) => Promise<O> {
  return async (actor, input) => useCase(deps, await deps.access.enter(actor), input)
}

async function getMe(deps: Deps, given: Actor): Promise<Me> {
  const actor = await deps.access.identify(given)
  await deps.access.limitCalls(actor)
  return deps.turns.take(actor, () => identify(deps, actor))
}

/** The use-cases behind the chat contract. */
export function createChat(deps: Deps): Chat {
  return {
    getMe: (actor) => getMe(deps, actor),
    updateMe: entered(deps, updateMe),
    getPolicy: entered(deps, getUserPolicy),
    createConversation: repeatable(deps, createConversation, createdBefore),
    getConversation: entered(deps, getConversation),
    listConversations: entered(deps, listConversations),
    updateConversation: entered(deps, updateConversation),
    findContextConversation: entered(deps, findContextConversation),
    openContextConversation: entered(deps, openContextConversation),
    observeConversation: entered(deps, (all, actor, input) =>
      inspectConversation(all, actor, input, 'conversation.observed'),
    ),
    listParticipants: entered(deps, listParticipants),
    addParticipant: entered(deps, addParticipant),
    removeParticipant: entered(deps, removeParticipant),
    updateParticipant: entered(deps, updateParticipant),
    // looks at the actor itself, and takes a turn where it asks for more than an append
    sendMessage: (actor: Actor, input: SendMessage, served?: Served) => sendMessage(deps, actor, input, { served }),
    listMessages: entered(deps, listMessages),
    searchMessages: entered(deps, searchMessages),
    getMessage: entered(deps, getMessage),
    editMessage: askedFirst(deps, editMessage, lookAtEdit),
    deleteMessage: entered(deps, deleteMessage),
    deleteMessages: entered(deps, deleteMessages),
    forwardMessage: repeatable(deps, forwardMessage, forwardedBefore, batched),
    getMessageHistory: entered(deps, getMessageHistory),
    addReaction: entered(deps, addReaction),
    removeReaction: entered(deps, removeReaction),
    pinMessage: entered(deps, pinMessage),
    unpinMessage: entered(deps, unpinMessage),
    listPins: entered(deps, listPins),
    listReactions: entered(deps, listReactions),
    actOnMessage: askedFirst(deps, actOnMessage, lookAtAction),
    markRead: batched(deps, markRead),
    archiveConversation: entered(deps, archiveConversation),
    unarchiveConversation: entered(deps, unarchiveConversation),
    muteConversation: entered(deps, muteConversation),
    unmuteConversation: entered(deps, unmuteConversation),
    pinConversation: entered(deps, pinConversation),
    unpinConversation: entered(deps, unpinConversation),
    deleteConversation: entered(deps, deleteConversation),
    putDraft: entered(deps, putDraft),
    deleteDraft: entered(deps, deleteDraft),
    listDrafts: entered(deps, listDrafts),
    markDelivered: batched(deps, markDelivered),
    markUnread: entered(deps, markUnread),
    markMessagesRead: entered(deps, markMessagesRead),
    listReceipts: entered(deps, listReceipts),
    getUnreadCount: entered(deps, getUnreadCount),
    getTotalUnreadCount: entered(deps, getTotalUnreadCount),
    searchUsers: entered(deps, searchUsers),
    getUser: entered(deps, getUser),
    getPresence: entered(deps, getPresence),
    blockUser: entered(deps, blockUser),
    unblockUser: entered(deps, unblockUser),
    listBlocks: entered(deps, listBlocks),
    report: repeatable(deps, report, reportedBefore),
    listSessions: entered(deps, listSessions),
    endSession: entered(deps, endSession),
    listBroadcasts: entered(deps, listBroadcasts),
    scheduleMessage: repeatable(deps, scheduleMessage, scheduledBefore),
    listScheduledMessages: entered(deps, listScheduledMessages),
    updateScheduledMessage: entered(deps, updateScheduledMessage),
    cancelScheduledMessage: entered(deps, cancelScheduledMessage),
    listHeldMessages: entered(deps, listHeldMessages),
    listCannedReplies: entered(deps, listCannedReplies),
    putCannedReply: entered(deps, putCannedReply),
    deleteCannedReply: entered(deps, deleteCannedReply),
    sync: entered(deps, sync),
  }
}
