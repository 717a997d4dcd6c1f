import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { attachSockets, authOf, listenForParent } from './serve.ts'

/**
 * Tells everybody in the room what one of them says, numbered, in the shape and size of Parley's messages, and stores
 * nothing.
 */
const http = createServer()
const io = attachSockets(http)
const heads = new Map<string, number>()

interface Input {
  conversationId: string
  content: string
  clientId: string
}

io.on('connection', (socket) => {
  const { userId, conversationId: room } = authOf(socket)
  void socket.join(room)
  socket.on('send_message', ({ conversationId, content, clientId }: Input, acknowledge: (reply: unknown) => void) => {
    const seq = (heads.get(conversationId) ?? 0) + 1
    heads.set(conversationId, seq)
    const message = {
      id: randomUUID(),
      conversationId,
      seq,
      rev: 0,
      senderId: userId,
      sender: { userId, name: null, avatarUrl: null },
      type: 'text',
      content,
      payload: null,
      attachments: [],
      mentions: [],
      replyTo: null,
      reactions: [],
      editedAt: null,
      deletedAt: null,
      createdAt: new Date().toISOString(),
    }
    acknowledge({ ok: true, data: { ...message, clientId } })
    io.to(conversationId).emit('new_message', message)
  })
  socket.emit('ready', {})
})
listenForParent(http)
