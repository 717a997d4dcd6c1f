import type { AddressInfo, Server, Socket } from 'node:net'
import type { Channel } from '../domain/ports/channel.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'

/** What a receiver does with what comes next, and from then on. */
export type Answer =
  | 'accept'
  /** Takes it and says nothing. */
  | 'hang'
  /** Ends the connection. */
  | 'close'
  /** Accepts it, with ten megabytes of words. */
  | 'huge'
  | { status: number; headers?: Record<string, string>; body?: string }

/** A push as the device has it in the end. */
export interface ReceivedPush {
  type: 'notify' | 'withdraw'
  id: string
  tag: string
  title: string | undefined
  body: string | undefined
  badge: number | undefined
  url: string | undefined
  data: Record<string, unknown>
  ttlSeconds: number
  /** So much of what is limited was in it. */
  bytes: number
}

/** A service that brings pushes, on this machine: it checks who sends, and reads what comes as a device does. */
export interface TestReceiver extends AsyncDisposable {
  channel: Channel<DevicePush> & Partial<Disposable>
  /** Where a device is reached through it. */
  device: Pick<DevicePush, 'target' | 'keys' | 'app'>
  answer: Answer
  received: ReceivedPush[]
  /** Bytes that it got rid of. */
  written: number
  /** Answers that say that the device is not there any more. */
  gone: readonly Exclude<Answer, string>[]
  /** Bytes that a push may have. */
  limit: number
  /** Takes no more connections. */
  stop(): Promise<void>
}

export const HUGE_BYTES = 10 * 1_024 * 1_024

/** Listens on a port of its own; `stop` ends what is connected. */
export async function listen(server: Server): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Writes ten megabytes as fast as they are taken, and counts those that left. */
export async function writeHuge(
  stream: NodeJS.WritableStream & { destroyed?: boolean },
  wrote: (bytes: number) => void,
): Promise<void> {
  const part = Buffer.alloc(64 * 1_024, 'x')
  let isOver = false
  stream.on('close', () => {
    isOver = true
  })
  stream.on('error', () => {
    isOver = true
  })
  for (let left = HUGE_BYTES; left > 0 && !isOver; left -= part.length) {
    const hasRoom = stream.write(part)
    wrote(part.length)
    if (!hasRoom)
      await new Promise<void>((resolve) => {
        const on = () => {
          for (const event of ['drain', 'close']) stream.removeListener(event, on)
          resolve()
        }
        for (const event of ['drain', 'close']) stream.once(event, on)
      })
  }
  if (!isOver) stream.end()
}
