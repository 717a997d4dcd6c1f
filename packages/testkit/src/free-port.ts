import { createServer } from 'node:net'

/** Linux hands out ports from 32768 on to outgoing connections; a server that listens there meets them sooner or later. */
const FIRST = 10_000
const LAST = 32_767

const handedOut = new Set<number>()

/**
 * A port on 127.0.0.1 that could be bound a moment ago, between 10000 and 32767. The start is random so that processes
 * that look at the same time seldom meet; whoever binds it still has to expect that another was faster.
 */
export async function freePort(): Promise<number> {
  const size = LAST - FIRST + 1
  const start = Math.floor(Math.random() * size)
  for (let i = 0; i < size; i++) {
    const port = FIRST + ((start + i) % size)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await canBind(port)) return port
  }
  throw new Error(`No free port between ${FIRST} and ${LAST}`)
}

/** True when nothing listens on the port of 127.0.0.1 now. */
export function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
