import { type ConversationRef, ParleyError } from '@parley/contracts'
import type { Static } from 'typebox'
import { type ChatSocket, conversationRoom, userRoom } from '../io.ts'

/** Who stops without saying so, stops after this. */
const TYPING_MS = 6_000

/** Tells the others who have the conversation open; the user's other devices know it themselves. */
export function createTyping(isClusterWide: () => boolean) {
  /** Of the sockets that are typing: in which conversations. */
  const typing = new Map<ChatSocket, Map<string, NodeJS.Timeout>>()

  const tell = (socket: ChatSocket, conversationId: string, isTyping: boolean) => {
    const { tenantId, userId } = socket.data.actor
    const timers = typing.get(socket) ?? new Map<string, NodeJS.Timeout>()
    clearTimeout(timers.get(conversationId))
    if (isTyping) {
      timers.set(
        conversationId,
        setTimeout(() => tell(socket, conversationId, false), TYPING_MS),
      )
      typing.set(socket, timers)
    } else {
      timers.delete(conversationId)
      if (timers.size === 0) typing.delete(socket)
    }
    socket
      .to(conversationRoom(conversationId))
      .except(userRoom(tenantId, userId))
      .emit('user_typing', { conversationId, userId, isTyping })
  }

  return {
    async set(socket: ChatSocket, { conversationId }: Static<typeof ConversationRef>, isTyping: boolean) {
      if (!socket.rooms.has(conversationRoom(conversationId)))
        throw new ParleyError('not_found', 'Join the conversation before you type in it')
      const timer = typing.get(socket)?.get(conversationId)
      // a stop without a start, and a start again, tell nobody anything new
      if (isTyping !== (timer !== undefined)) tell(socket, conversationId, isTyping)
      else timer?.refresh()
      return { everywhere: isClusterWide() }
    },
    stop(socket: ChatSocket, conversationId: string) {
      if (typing.get(socket)?.has(conversationId)) tell(socket, conversationId, false)
    },
    close(socket: ChatSocket) {
      for (const conversationId of [...(typing.get(socket)?.keys() ?? [])]) tell(socket, conversationId, false)
    },
  }
}
