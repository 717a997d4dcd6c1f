import { type ConversationRef, ParleyError } from '@parley/contracts'
import type { Static } from 'typebox'
import { type ChatSocket, conversationRoom, userRoom } from '../io.ts'

/** Who stops without saying so, stops after this. */
const TYPING_MS = 6_000

/** Tells the others who have the conversation open; the user's other devices know it themselves. */
export function createTyping(socket: ChatSocket, isClusterWide: () => boolean) {
  const timers = new Map<string, NodeJS.Timeout>()
  const { tenantId, userId } = socket.data.actor

  const tell = (conversationId: string, isTyping: boolean) => {
    clearTimeout(timers.get(conversationId))
    timers.delete(conversationId)
    if (isTyping)
      timers.set(
        conversationId,
        setTimeout(() => tell(conversationId, false), TYPING_MS),
      )
    socket
      .to(conversationRoom(conversationId))
      .except(userRoom(tenantId, userId))
      .emit('user_typing', { conversationId, userId, isTyping })
  }

  return {
    async set({ conversationId }: Static<typeof ConversationRef>, isTyping: boolean) {
      if (!socket.rooms.has(conversationRoom(conversationId)))
        throw new ParleyError('not_found', 'Join the conversation before you type in it')
      // a stop without a start, and a start again, tell nobody anything new
      if (isTyping !== timers.has(conversationId)) tell(conversationId, isTyping)
      else timers.get(conversationId)?.refresh()
      return { everywhere: isClusterWide() }
    },
    stop(conversationId: string) {
      if (timers.has(conversationId)) tell(conversationId, false)
    },
    close() {
      for (const conversationId of [...timers.keys()]) tell(conversationId, false)
    },
  }
}
