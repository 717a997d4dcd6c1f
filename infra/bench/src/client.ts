import { randomBytes } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'

/**
 * A Socket.IO client that costs next to nothing, so that the machine's time goes to the server: it reads WebSocket frames
 * from the TCP stream and hands out bytes, without decoding JSON. It speaks what a server sends to a well-behaved client
 * (Engine.IO 4, Socket.IO 5, text frames that are not fragmented), over WebSocket only.
 */
export interface RawClient {
  /** Sends an event with one argument, given as JSON, and asks for an acknowledgement: its id is returned. */
  emit(event: string, json: string): number
  /** Cuts the connection, as a network does. */
  destroy(): void
}

export interface RawClientOptions {
  url: string
  /** Goes with the Socket.IO handshake. */
  auth: object
  /** An event or an acknowledgement, still as bytes. */
  onPacket?: (packet: Packet) => void
  /** The server's `ready`, likewise. */
  onReady?: (packet: Packet) => void
  /** The connection ended without `destroy`. */
  onLost?: (reason: string) => void
}

/** A view that is only valid during the callback: `bytes` belongs to the connection. */
export interface Packet {
  /** The id of an acknowledgement; -1 for an event. */
  ack: number
  bytes: Buffer
  /** Where the JSON array of the packet starts and ends in `bytes`. */
  start: number
  end: number
}

const CONNECT_MS = 30_000
const TEXT = 1
const CLOSE = 8

const digit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39

/** Resolves when the server has said `ready` (Parley and the servers it is compared with all do). */
export function connectRaw({
  url,
  auth,
  onPacket = () => {},
  onReady = () => {},
  onLost = () => {},
}: RawClientOptions): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: hostname, port: Number(port), noDelay: true })
    const tooSlow = setTimeout(() => lose(`not connected within ${CONNECT_MS} ms`), CONNECT_MS)
    let rest: Buffer | undefined
    let upgraded = false
    let ready = false
    let ended = false
    let nextAck = 0
    const packet: Packet = { ack: -1, bytes: Buffer.alloc(0), start: 0, end: 0 }

    const client: RawClient = {
      emit(event, json) {
        const id = nextAck++
        sendText(socket, `42${id}["${event}",${json}]`)
        return id
      },
      destroy() {
        ended = true
        clearTimeout(tooSlow)
        socket.destroy()
      },
    }
    const lose = (reason: string) => {
      if (ended) return
      client.destroy()
      if (ready) onLost(reason)
      else reject(new Error(`${url}: ${reason}`))
    }

    /** One Engine.IO packet: the first byte says which, the second, of a message, which Socket.IO packet. */
    const take = (bytes: Buffer, start: number, end: number) => {
      if (bytes[start] === 0x32) return sendText(socket, '3') // ping
      if (bytes[start] === 0x30) return sendText(socket, `40${JSON.stringify(auth)}`)
      if (bytes[start] !== 0x34) return
      const kind = bytes[start + 1]
      let at = start + 2
      if (kind === 0x32 || kind === 0x33) {
        let id = 0
        while (digit(bytes[at])) id = id * 10 + bytes[at++]! - 0x30
        packet.ack = kind === 0x33 ? id : -1
        packet.bytes = bytes
        packet.start = at
        packet.end = end
        if (!ready && bytes.toString('latin1', at, at + 8) === '["ready"') {
          ready = true
          clearTimeout(tooSlow)
          onReady(packet)
          resolve(client)
        } else onPacket(packet)
      } else if (kind === 0x34) lose(`refused: ${bytes.toString('utf8', at, end)}`)
      else if (kind === 0x31) lose('disconnected by the server')
    }

    socket.on('connect', () =>
      socket.write(
        `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
          `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      ),
    )
    socket.on('data', (chunk: Buffer) => {
      let bytes = rest ? Buffer.concat([rest, chunk]) : chunk
      rest = undefined
      if (!upgraded) {
        const head = bytes.indexOf('\r\n\r\n')
        if (head < 0) {
          rest = bytes
          return
        }
        const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'))
        if (!status.startsWith('HTTP/1.1 101')) return lose(status)
        upgraded = true
        bytes = bytes.subarray(head + 4)
      }
      let at = 0
      while (!ended) {
        const frame = frameAt(bytes, at)
        if (!frame) break
        if (frame.opcode === TEXT) take(bytes, frame.start, frame.end)
        else if (frame.opcode === CLOSE) lose('closed by the server')
        at = frame.end
      }
      if (at < bytes.length) rest = bytes.subarray(at)
    })
    socket.on('error', (error) => lose(error.message))
    socket.on('close', () => lose('connection closed'))
  })
}

interface Frame {
  opcode: number
  start: number
  end: number
}
/** The same object each time: thousands of frames a second need no garbage. */
const found: Frame = { opcode: 0, start: 0, end: 0 }

/** The server's frame at this place (RFC 6455, 5.2; servers do not mask), or undefined when it has not come whole. */
function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (at + 2 > bytes.length) return undefined
  let length = bytes[at + 1]! & 0x7f
  let start = at + 2
  if (length === 126) {
    if (start + 2 > bytes.length) return undefined
    length = bytes.readUInt16BE(start)
    start += 2
  } else if (length === 127) {
    if (start + 8 > bytes.length) return undefined
    length = bytes.readUInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4)
    start += 8
  }
  if (start + length > bytes.length) return undefined
  found.opcode = bytes[at]! & 0x0f
  found.start = start
  found.end = start + length
  return found
}

/** A client must mask (RFC 6455, 5.3). Not with zeroes: servers skip those, and real clients' frames are not for free. */
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x8e])

/** One frame and one write each: real clients do not share packets either. */
function sendText(socket: Socket, text: string): void {
  const length = Buffer.byteLength(text)
  const header = length < 126 ? 2 : 4
  if (length > 0xffff) throw new RangeError('A client of this benchmark sends at most 64 KiB at once')
  const frame = Buffer.allocUnsafe(header + 4 + length)
  frame[0] = 0x80 | TEXT
  if (header === 2) frame[1] = 0x80 | length
  else {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(length, 2)
  }
  MASK.copy(frame, header)
  const body = header + 4
  frame.write(text, body)
  for (let i = 0; i < length; i++) frame[body + i] = frame[body + i]! ^ MASK[i & 3]!
  socket.write(frame)
}
