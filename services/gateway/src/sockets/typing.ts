import { type ConversationRef, ParleyError } from '@parley/contracts'
import type { Static } from 'typebox'
import { type ChatSocket, conversationRoom, userRoom } from '../io.ts'
import type { Writers } from './writers.ts'

/** Who stops without saying so, stops after this. */
const TYPING_MS = 6_000

/**
 * Tells the others who have the conversation open; the user's other devices know it themselves. Whoever could not send what they
 * type is told why, and nobody else hears of it.
 */
export function createTyping({ isClusterWide, writers }: { isClusterWide: () => boolean; writers: Writers }) {
  /** Of the sockets that are typing: in which conversations. */
  const typing = new Map<ChatSocket, Map<string, NodeJS.Timeout>>()
  /** What a socket said last, by conversation, while it is being asked whether it may: who stops meanwhile has not started. */
  const starting = new WeakMap<ChatSocket, Map<string, object>>()

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

  /** False when the socket has stopped, or left, meanwhile. */
  const mayStart = async (socket: ChatSocket, conversationId: string): Promise<boolean> => {
    const starts = starting.get(socket) ?? new Map<string, object>()
    starting.set(socket, starts)
    const start = {}
    starts.set(conversationId, start)
    try {
      await writers.require(socket.data.actor, conversationId)
      return starts.get(conversationId) === start && socket.rooms.has(conversationRoom(conversationId))
    } catch (err) {
      stop(socket, conversationId)
      throw err
    } finally {
      if (starts.get(conversationId) === start) starts.delete(conversationId)
    }
  }

  const stop = (socket: ChatSocket, conversationId: string) => {
    starting.get(socket)?.delete(conversationId)
    if (typing.get(socket)?.has(conversationId)) tell(socket, conversationId, false)
  }

  return {
    async set(socket: ChatSocket, { conversationId }: Static<typeof ConversationRef>, isTyping: boolean) {
      if (!socket.rooms.has(conversationRoom(conversationId)))
        throw new ParleyError('not_found', 'Join the conversation before you type in it')
      // a stop without a start, and a start again, tell nobody anything new
      if (!isTyping) stop(socket, conversationId)
      else if (await mayStart(socket, conversationId)) {
        const timer = typing.get(socket)?.get(conversationId)
        if (timer) timer.refresh()
        else tell(socket, conversationId, true)
      }
      return { everywhere: isClusterWide() }
    },
    stop,
    close(socket: ChatSocket) {
      for (const conversationId of [...(typing.get(socket)?.keys() ?? [])]) tell(socket, conversationId, false)
    },
  }
}
