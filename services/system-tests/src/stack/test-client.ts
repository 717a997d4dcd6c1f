import type {
  ClientEventName,
  Conversation,
  clientEvents,
  HandshakeSync,
  Message,
  ServerEventName,
} from '@parley/contracts'
import { io, type Socket } from 'socket.io-client'
import type { Static } from 'typebox'
import type { TestStack } from './test-stack.ts'

type Reply<N extends ClientEventName> =
  | { ok: true; data: Static<(typeof clientEvents)[N]['output']> }
  | { ok: false; error: { code: string; message: string; retryAfterMs?: number } }

/** A plain socket.io-client that appends what it hears, as an app without our SDK would. */
export interface TestSocket {
  socket: Socket
  /** Everything heard, in order. */
  heard: { event: ServerEventName; data: never }[]
  /** The new_message events of a conversation, in the order in which they were heard. */
  messages(conversationId?: string): Message[]
  of<T = Record<string, unknown>>(event: ServerEventName): T[]
  send<N extends ClientEventName>(event: N, input: unknown): Promise<Reply<N>>
  close(): void
}

export interface ConnectOptions {
  gateway?: number
  token?: string
  transports?: string[]
  /** Asked in the handshake. */
  sync?: HandshakeSync
}

export async function connect(stack: TestStack, userId: string, options: ConnectOptions = {}): Promise<TestSocket> {
  const { gateway = 0, token = stack.token(userId), transports, sync } = options
  const socket = io(stack.gatewayUrls[gateway % stack.gatewayUrls.length]!, {
    auth: { token, ...(sync && { sync }) },
    forceNew: true,
    ...(transports && { transports }),
  })
  const heard: TestSocket['heard'] = []
  socket.onAny((event, data) => heard.push({ event, data: data as never }))
  const of = <T>(event: ServerEventName) => heard.filter((one) => one.event === event).map((one) => one.data as T)
  await new Promise<void>((resolve, reject) => {
    socket.once('ready', () => resolve())
    socket.once('connect_error', (err) => {
      socket.close()
      reject(err)
    })
  })
  return {
    socket,
    heard,
    of,
    messages: (conversationId) =>
      of<Message>('new_message').filter((m) => conversationId === undefined || m.conversationId === conversationId),
    send: (event, input) => socket.timeout(20_000).emitWithAck(event, input),
    close: () => socket.disconnect(),
  }
}

export interface RestReply<T> {
  status: number
  body: T
  headers: Headers
}

export interface TestRest {
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<RestReply<T>>
  direct(other: string): Promise<Conversation>
  group(others: string[], title?: string): Promise<Conversation>
  messages(conversationId: string): Promise<Message[]>
}

/** REST as a user; replicas take turns. */
export function rest(stack: TestStack, userId: string, token = stack.token(userId)): TestRest {
  let turn = 0
  const call = async <T>(method: string, path: string, body?: unknown): Promise<RestReply<T>> => {
    const url = stack.restUrls[turn++ % stack.restUrls.length]!
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : null) as T }
  }
  const create = async (body: unknown) => {
    const reply = await call<Conversation>('POST', '/conversations', body)
    if (reply.status > 201) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`)
    return reply.body
  }
  return {
    call,
    direct: (other) => create({ kind: 'direct', participants: [{ userId: other }] }),
    group: (others, title = 'A group') =>
      create({ kind: 'group', title, participants: others.map((other) => ({ userId: other })) }),
    async messages(conversationId) {
      const all: Message[] = []
      for (let after = 0; ; ) {
        const { body } = await call<{ data: Message[]; hasMore: boolean }>(
          'GET',
          `/conversations/${conversationId}/messages?after=${after}&limit=100`,
        )
        all.push(...body.data)
        if (!body.hasMore) return all
        after = body.data.at(-1)!.seq
      }
    },
  }
}
