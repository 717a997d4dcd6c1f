import { randomUUID } from 'node:crypto'
import { type Chat, type ClientEventName, clientEvents, type Head, inputCheck, ParleyError } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { Static } from 'typebox'
import { type ChatSocket, conversationRoom } from '../io.ts'
import { answer, argumentsOf } from './answer.ts'
import { createTyping } from './typing.ts'

export interface HandlerOptions {
  chat: Chat
  log: Logger
  /** False while typing and presence reach only this gateway's sockets. */
  isClusterWide: () => boolean
  /** Whether the socket's user left the conversation after that time (performance.now()). */
  hasLeftSince: (socket: ChatSocket, conversationId: string, time: number) => boolean
  /** The socket's user has this conversation open. */
  onOpened: (socket: ChatSocket, head: Head) => void
}

type Input<N extends ClientEventName> = Static<(typeof clientEvents)[N]['input']>
type Handlers = { [N in ClientEventName]: (input: Input<N>) => Promise<unknown> }

const checks = new Map(Object.entries(clientEvents).map(([name, { input }]) => [name, inputCheck(input)] as const))

/** Answers the client's events of one socket. What is not an event of ours is answered too. */
export function handleEvents(socket: ChatSocket, options: HandlerOptions): void {
  const { chat, log, isClusterWide, hasLeftSince, onOpened } = options
  const { actor } = socket.data
  const typing = createTyping(socket, isClusterWide)

  const handlers: Handlers = {
    // Repeatable, for it may have to go to another replica.
    send_message: async ({ clientId = randomUUID(), ...input }) =>
      (await chat.sendMessage(actor, { ...input, clientId })).message,
    edit_message: (input) => chat.editMessage(actor, input),
    delete_message: (input) => chat.deleteMessage(actor, input),
    mark_read: (input) => chat.markRead(actor, input),
    sync: (input) => chat.sync(actor, input),
    async join_conversation({ conversationId }) {
      const asked = performance.now()
      const conversation = await chat.getConversation(actor, { conversationId })
      // Removed between the check and here: the news of it came before there was a room to leave.
      if (hasLeftSince(socket, conversationId, asked)) throw new ParleyError('not_found', 'No such conversation')
      // Gone meanwhile: Socket.IO would keep the room of a socket that never leaves it.
      if (!socket.connected) return conversation
      await socket.join(conversationRoom(conversationId))
      onOpened(socket, { conversationId, seq: conversation.lastSeq, rev: conversation.rev })
      return conversation
    },
    async leave_conversation({ conversationId }) {
      typing.stop(conversationId)
      await socket.leave(conversationRoom(conversationId))
      return {}
    },
    typing_start: (input) => typing.set(input, true),
    typing_stop: (input) => typing.set(input, false),
  }

  socket.onAny((event: string, ...args: unknown[]) => {
    const { input, acknowledge } = argumentsOf(args)
    const check = checks.get(event)
    void answer(
      acknowledge,
      async () => {
        if (!check)
          throw new ParleyError('invalid_input', `There is no event ${JSON.stringify(String(event).slice(0, 64))}`)
        // The check is the one of this very event, which the types cannot follow through the map.
        return handlers[event as ClientEventName](check(input) as never)
      },
      log,
      event,
    )
  })
  socket.on('disconnect', () => typing.close())
}
