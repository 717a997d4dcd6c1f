import { connect, type Socket } from 'node:net'

/** A WebSocket at the level of its frames, for what no client library sends. */
export interface RawClient {
  socket: Socket
  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void
  /** One text message. */
  send(text: string): void
  /** Resolves with the first text message that begins so, heard or to come. */
  heard(beginning: string): Promise<string>
  /** Resolves when the server has ended the connection. */
  closed: Promise<void>
}

/** The head of a frame from a client, with a mask of zeros, which leaves the payload as it is (RFC 6455, 5.2). */
export function frameHead(bytes: number, { opcode = 1, final = true } = {}): Buffer {
  const first = (final ? 0x80 : 0) | opcode
  if (bytes < 126) return Buffer.from([first, 0x80 | bytes, 0, 0, 0, 0])
  const head = Buffer.alloc(bytes < 65_536 ? 8 : 14)
  head[0] = first
  if (bytes < 65_536) {
    head[1] = 0x80 | 126
    head.writeUInt16BE(bytes, 2)
  } else {
    head[1] = 0x80 | 127
    head.writeBigUInt64BE(BigInt(bytes), 2)
  }
  return head
}

/**
 * Opens one at the server's path of sockets; with a token it is let in when this resolves. A stubborn one goes on when the
 * server has said its last word.
 */
export async function openRawClient(port: number, token?: string, { isStubborn = false } = {}): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: isStubborn })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const texts: string[] = []
  const listeners = new Set<() => void>()
  let left = Buffer.alloc(0)
  let isUpgraded = false
  socket.on('data', (chunk: Buffer) => {
    left = Buffer.concat([left, chunk])
    if (!isUpgraded) {
      const end = left.indexOf('\r\n\r\n')
      if (end < 0) return
      isUpgraded = true
      left = left.subarray(end + 4)
    }
    for (;;) {
      if (left.length < 2) break
      const short = left[1]! & 0x7f
      const start = short === 126 ? 4 : short === 127 ? 10 : 2
      if (left.length < start) break
      const bytes = short === 126 ? left.readUInt16BE(2) : short === 127 ? Number(left.readBigUInt64BE(2)) : short
      if (left.length < start + bytes) break
      texts.push(left.toString('utf8', start, start + bytes))
      left = left.subarray(start + bytes)
    }
    for (const listener of listeners) listener()
  })
  const client: RawClient = {
    socket,
    closed,
    write: (bytes) => void socket.write(bytes),
    send(text) {
      const payload = Buffer.from(text)
      socket.write(Buffer.concat([frameHead(payload.length), payload]))
    },
    heard: (beginning) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const text = texts.find((one) => one.startsWith(beginning))
          if (text === undefined) return
          listeners.delete(look)
          resolve(text)
        }
        listeners.add(look)
        void closed.then(() => reject(new Error(`closed before ${beginning}; heard ${texts.join(' ').slice(0, 500)}`)))
        look()
      }),
  }
  await client.heard('0{')
  if (token !== undefined) {
    client.send(`40${JSON.stringify({ token })}`)
    await client.heard('42["ready"')
  }
  return client
}
