import type { Chat } from '@parley/contracts'
import { createConversation } from './conversations/create-conversation.ts'
import { markRead } from './conversations/mark-read.ts'
import {
  getConversation,
  getTotalUnreadCount,
  getUnreadCount,
  listConversations,
} from './conversations/read-conversations.ts'
import { sync } from './conversations/sync.ts'
import { createDeps, type World } from './deps.ts'
import { deleteMessage, editMessage } from './messages/change-message.ts'
import { getMessage, listMessages } from './messages/list-messages.ts'
import { sendMessage } from './messages/send-message.ts'
import { addParticipant, listParticipants, removeParticipant } from './participants/manage-participants.ts'
import { identify } from './users.ts'

/** The use-cases behind the chat contract. */
export function createChat(world: World): Chat {
  const deps = createDeps(world)
  return {
    getMe: (actor) => identify(deps, actor),
    createConversation: (actor, input) => createConversation(deps, actor, input),
    getConversation: (actor, input) => getConversation(deps, actor, input),
    listConversations: (actor, input) => listConversations(deps, actor, input),
    listParticipants: (actor, input) => listParticipants(deps, actor, input),
    addParticipant: (actor, input) => addParticipant(deps, actor, input),
    removeParticipant: (actor, input) => removeParticipant(deps, actor, input),
    sendMessage: (actor, input) => sendMessage(deps, actor, input),
    listMessages: (actor, input) => listMessages(deps, actor, input),
    getMessage: (actor, input) => getMessage(deps, actor, input),
    editMessage: (actor, input) => editMessage(deps, actor, input),
    deleteMessage: (actor, input) => deleteMessage(deps, actor, input),
    markRead: (actor, input) => markRead(deps, actor, input),
    getUnreadCount: (actor, input) => getUnreadCount(deps, actor, input),
    getTotalUnreadCount: (actor) => getTotalUnreadCount(deps, actor),
    sync: (actor, input) => sync(deps, actor, input),
  }
}
