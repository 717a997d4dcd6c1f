import {
  type Chat,
  chat as chatContract,
  clientEvents,
  type gatewayEvents,
  type Head,
  inputCheck,
  ParleyError,
} from '@parley/contracts'
import type { Identity, Logger } from '@parley/runtime'
import { traced } from '@parley/tracing'
import type { Static } from 'typebox'
import { type ChatSocket, conversationRoom, observerRoom } from '../io.ts'
import type { GatewayMeter } from '../meter.ts'
import type { createPresence } from '../presence/presence.ts'
import { answer, argumentsOf } from './answer.ts'
import { forwarding } from './forwarding.ts'
import { Intake } from './intake.ts'
import { refreshToken } from './refresh-token.ts'
import type { createTyping } from './typing.ts'

export interface HandlerOptions {
  chat: Chat
  authenticate: (token: string) => Promise<Identity>
  log: Logger
  meter: Pick<GatewayMeter, 'answered'>
  typing: ReturnType<typeof createTyping>
  presence: Pick<ReturnType<typeof createPresence>, 'get' | 'set' | 'refreshed'>
  /** Whether the socket's user left the conversation after that time (performance.now()). */
  hasLeftSince: (socket: ChatSocket, conversationId: string, time: number) => boolean
  /** The socket's user has this conversation open. */
  onOpened: (socket: ChatSocket, head: Head) => void
  /** An admin's socket listens in. */
  onObserved: (socket: ChatSocket, head: Head) => void
  /** A socket listens in no more. */
  onUnobserved: (conversationId: string) => void
  onGone: (socket: ChatSocket) => void
}

type GatewayEventName = keyof typeof gatewayEvents
type Input<N extends GatewayEventName> = Static<(typeof gatewayEvents)[N]['input']>
type Handlers = { [N in GatewayEventName]: (socket: ChatSocket, input: Input<N>) => Promise<unknown> }

/** What is answered here, without asking anybody. */
const FREE: ReadonlySet<string> = new Set<GatewayEventName>([
  ...(['leave_conversation', 'typing_start', 'typing_stop', 'set_presence'] as const),
])

const checks = new Map(Object.entries(clientEvents).map(([name, { input }]) => [name, inputCheck(input)] as const))

/** Answers the client's events of each socket that it is called for. What is not an event of ours is answered too. */
export function createEventHandlers(options: HandlerOptions): (socket: ChatSocket) => void {
  const { chat, log, meter, typing, presence, hasLeftSince, onOpened, onObserved, onUnobserved, onGone } = options

  /** For an admin who is not in it: hears everything, and says nothing. */
  const observe = async (socket: ChatSocket, conversationId: string) => {
    const conversation = await chat.observeConversation(socket.data.actor, { conversationId })
    if (!socket.connected) return conversation
    await socket.join(observerRoom(conversationId))
    onObserved(socket, { conversationId, seq: conversation.lastSeq, rev: conversation.rev })
    return conversation
  }

  const forwards = forwarding(chatContract, chat)
  const handlers: Handlers = {
    async join_conversation(socket, { conversationId }) {
      const asked = performance.now()
      const conversation = await chat.getConversation(socket.data.actor, { conversationId }).catch((err) => {
        if (socket.data.isAdmin && err instanceof ParleyError && err.code === 'not_found') return undefined
        throw err
      })
      if (!conversation) return observe(socket, conversationId)
      // Removed between the check and here: the news of it came before there was a room to leave.
      if (hasLeftSince(socket, conversationId, asked)) throw new ParleyError('not_found', 'No such conversation')
      // Gone meanwhile: Socket.IO would keep the room of a socket that never leaves it.
      if (!socket.connected) return conversation
      await socket.join(conversationRoom(conversationId))
      onOpened(socket, { conversationId, seq: conversation.lastSeq, rev: conversation.rev })
      typing.showTo(socket, conversationId)
      return conversation
    },
    async leave_conversation(socket, { conversationId }) {
      typing.stop(socket, conversationId)
      await socket.leave(conversationRoom(conversationId))
      if (socket.rooms.has(observerRoom(conversationId))) {
        await socket.leave(observerRoom(conversationId))
        onUnobserved(conversationId)
      }
      return {}
    },
    async refresh_token(socket, { token }) {
      const refreshed = await refreshToken(options.authenticate, socket, token)
      presence.refreshed(socket)
      return refreshed
    },
    typing_start: (socket, input) => typing.set(socket, input, true),
    typing_stop: (socket, input) => typing.set(socket, input, false),
    get_presence: (socket, input) => presence.get(socket, input),
    async set_presence(socket, input) {
      presence.set(socket, input)
      return {}
    },
  }

  const handle = async (socket: ChatSocket, event: string, input: unknown): Promise<unknown> => {
    const check = checks.get(event)
    if (!check)
      throw new ParleyError('invalid_input', `There is no event ${JSON.stringify(String(event).slice(0, 64))}`)
    const forward = forwards.get(event)
    // The check is the one of this very event, which the types cannot follow through the maps.
    return forward
      ? forward(socket.data.actor, check(input) as object)
      : handlers[event as GatewayEventName](socket, check(input) as never)
  }

  return (socket) => {
    const intake = new Intake(socket, async (event, args) => {
      const { input, acknowledge } = argumentsOf(args)
      const came = performance.now()
      const name = checks.has(event) ? event : 'unknown'
      const work = () => handle(socket, event, input)
      const call = () => traced(`socket ${name}`, { kind: 'server', begins: true }, work)
      const outcome = await answer(acknowledge, call, log, event)
      meter.answered(name, outcome, (performance.now() - came) / 1_000)
      return outcome === 'ok' && !FREE.has(event) ? 'costly' : 'free'
    })
    socket.onAny((event: string, ...args: unknown[]) => intake.take(event, args))
    socket.on('disconnecting', () => {
      const observed = [...socket.rooms].flatMap((room) => (room.startsWith(observerRoom('')) ? [room] : []))
      // it leaves its rooms right after this
      if (observed.length > 0)
        setImmediate(() => observed.forEach((room) => void onUnobserved(room.slice(observerRoom('').length))))
    })
    socket.on('disconnect', () => {
      intake.close()
      typing.close(socket)
      onGone(socket)
    })
  }
}
