import { createServer } from 'node:net'

/** Linux hands out ports from 32768 on to outgoing connections; a server that listens there meets them sooner or later. */
const FIRST = 10_000
const LAST = 32_767

const handedOut = new Set<number>()

/**
 * A port on 127.0.0.1 that could be bound a moment ago, between 10000 and 32767. On Linux no other process is given it here
 * until this one ends, also while nothing listens there, as between the end of a server and its restart. Whoever does not ask here may
 * still be faster.
 */
export async function freePort(): Promise<number> {
  const size = LAST - FIRST + 1
  const start = Math.floor(Math.random() * size)
  for (let i = 0; i < size; i++) {
    const port = FIRST + ((start + i) % size)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if ((await reserve(port)) && (await canBind(port))) return port
  }
  throw new Error(`No free port between ${FIRST} and ${LAST}`)
}

/**
 * False when another process has it. A reservation is a name among the abstract sockets that only Linux has: the kernel lets go of it with the
 * process, however that ends.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (process.platform !== 'linux') return resolve(true)
    const name = createServer().unref()
    name.once('error', (err: NodeJS.ErrnoException) => resolve(err.code !== 'EADDRINUSE'))
    name.listen(reservationOf(port), () => resolve(true))
  })
}

/** The address that stands for a port that somebody has. */
export const reservationOf = (port: number) => `\0parley-port-${port}`

/** True when nothing listens on the port of 127.0.0.1 now. */
export function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
