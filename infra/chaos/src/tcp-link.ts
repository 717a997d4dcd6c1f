import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from './random.ts'

/** The stretch of network between services and one server, which can be broken in the ways in which networks break. */
export interface TcpLink extends AsyncDisposable {
  readonly name: string
  /** The server's URL with the link's address in it. */
  readonly url: string
  readonly connections: number
  /** Connections are reset, and new ones as well, until `heal`. */
  cut(): void
  /** Resets the connections of now, or the share of them that the seed chooses; new ones are let through. */
  reset(choice?: Choice): void
  /** Every piece of data takes this long in each direction, one after the other: latency and a narrow line. */
  slow(delayMs: number): void
  /** In each direction of each connection so many bytes pass in a second, and no more. */
  throttle(bytesPerSecond: number): void
  /**
   * Nothing passes and nobody is told: data waits, new connections are accepted and lead nowhere. With a choice only
   * that share of the connections of now is hit, as when one machine is cut off from the rest.
   */
  blackHole(choice?: Choice): void
  /** Everything passes again. What waited in a black hole arrives, as TCP would deliver it. */
  heal(): void
}

export interface Choice {
  /** 0 to 1; at least one connection. */
  share: number
  seed: number
}

const DRIPS_PER_SECOND = 10

interface Connection {
  near: Socket
  far: Socket
  isLost: boolean
}

/** Opens a link to the server of `url` on a free port of 127.0.0.1. */
export async function openTcpLink(name: string, url: string): Promise<TcpLink> {
  const target = new URL(url)
  const connections = new Set<Connection>()
  let weather:
    | { kind: 'fair' | 'cut' | 'lost' }
    | { kind: 'slow'; delayMs: number }
    | { kind: 'narrow'; bytesPerSecond: number } = { kind: 'fair' }
  const changes = new EventEmitter().setMaxListeners(0)
  const become = (next: typeof weather) => {
    weather = next
    changes.emit('change')
  }

  const carry = async (connection: Connection, from: Socket, to: Socket) => {
    for await (const chunk of from) {
      while ((weather.kind === 'lost' || connection.isLost) && !to.destroyed) await once(changes, 'change')
      if (weather.kind === 'slow') await sleep(weather.delayMs)
      let rest: Buffer = chunk
      while (weather.kind === 'narrow' && rest.length > 0 && !to.destroyed) {
        to.write(rest.subarray(0, Math.ceil(weather.bytesPerSecond / DRIPS_PER_SECOND)))
        rest = rest.subarray(Math.ceil(weather.bytesPerSecond / DRIPS_PER_SECOND))
        await sleep(1_000 / DRIPS_PER_SECOND)
      }
      if (to.destroyed) return
      if (rest.length > 0 && !to.write(rest)) await Promise.race([once(to, 'drain'), once(to, 'close')])
    }
    to.end()
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    near.on('error', () => {})
    if (weather.kind === 'cut') return void near.resetAndDestroy()
    const far = connect({ host: target.hostname, port: Number(target.port), noDelay: true, allowHalfOpen: true })
    const connection = { near, far, isLost: false }
    connections.add(connection)
    // A side that is gone takes the other with it, unless nothing passes: then nobody hears of it either.
    for (const [side, other] of [
      [near, far],
      [far, near],
    ] as const) {
      side.on('error', () => {})
      side.once('close', async () => {
        while (weather.kind === 'lost' || connection.isLost) await once(changes, 'change')
        connections.delete(connection)
        if (!other.destroyed) other.destroySoon()
      })
      carry(connection, side, other).catch(() => side.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(typeof address === 'object' && address ? address.port : 0)

  const chosen = (choice: Choice | undefined): Connection[] => {
    const all = [...connections]
    if (!choice || all.length === 0) return all
    return seededRandom(choice.seed)
      .shuffle(all)
      .slice(0, Math.max(1, Math.round(all.length * choice.share)))
  }
  const destroy = ({ near, far }: Connection) => {
    near.resetAndDestroy()
    far.resetAndDestroy()
  }
  const heal = () => {
    for (const connection of connections) connection.isLost = false
    become({ kind: 'fair' })
  }
  return {
    name,
    url: own.href,
    get connections() {
      return connections.size
    },
    cut() {
      become({ kind: 'cut' })
      for (const connection of chosen(undefined)) destroy(connection)
    },
    reset(choice) {
      for (const connection of chosen(choice)) destroy(connection)
    },
    throttle: (bytesPerSecond) => become({ kind: 'narrow', bytesPerSecond }),
    slow: (delayMs) => become({ kind: 'slow', delayMs }),
    blackHole(choice) {
      if (!choice) return become({ kind: 'lost' })
      for (const connection of chosen(choice)) connection.isLost = true
    },
    heal,
    async [Symbol.asyncDispose]() {
      heal()
      server.close()
      for (const connection of connections) destroy(connection)
      await once(server, 'close')
    },
  }
}

export type LinkControl = Pick<TcpLink, 'cut' | 'reset' | 'slow' | 'throttle' | 'blackHole' | 'heal'>

/** Several links that are broken together. */
export function together(links: readonly TcpLink[]): LinkControl {
  const each = (act: (link: TcpLink) => void) => {
    for (const link of links) act(link)
  }
  return {
    cut: () => each((link) => link.cut()),
    reset: (choice) => each((link) => link.reset(choice)),
    slow: (delayMs) => each((link) => link.slow(delayMs)),
    throttle: (bytesPerSecond) => each((link) => link.throttle(bytesPerSecond)),
    blackHole: (choice) => each((link) => link.blackHole(choice)),
    heal: () => each((link) => link.heal()),
  }
}
