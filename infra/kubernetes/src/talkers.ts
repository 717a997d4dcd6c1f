import { setTimeout as sleep } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'

interface Message {
  id: string
  conversationId: string
  seq: number
  content: string
}

const ANSWER_MS = 10_000

/** Two who talk all the time through one address, and keep account of what came of it. */
export class Pair {
  /** What was acknowledged, by what was said. */
  readonly acknowledged = new Map<string, Message>()
  /** What the other heard live, in the order in which it came. */
  readonly heard: Message[] = []
  /** What the other came to know by looking after a gateway had let go of them, by id. */
  readonly caughtUp = new Set<string>()
  /** Tries that had to be made again, with what was answered. */
  readonly again: string[] = []
  /** The gateways where the two have been. */
  readonly gateways: string[] = []
  readonly #url: string
  readonly #token: string
  readonly #other: string
  readonly #sockets: Socket[]
  #isOver = false
  #isClosed = false
  #talking: Promise<void> | undefined

  constructor(url: string, [token, otherToken]: [string, string], other: string) {
    this.#url = url
    this.#token = token
    this.#other = other
    this.#sockets = [this.#connect(token), this.#connect(otherToken)]
    this.#sockets[1]!.on('new_message', (message: Message) => this.heard.push(message))
    // whoever was away looks at what there is, as every client does
    this.#sockets[1]!.on('ready', () => {
      if (this.acknowledged.size === 0) return
      this.history().then(
        (all) => {
          const live = new Set(this.heard.map(({ id }) => id))
          for (const { id } of all) if (!live.has(id)) this.caughtUp.add(id)
        },
        () => this.#sockets[1]!.disconnect().connect(),
      )
    })
  }

  /** What was acknowledged and the other does not know of. */
  unknown(): Message[] {
    const known = new Set([...this.heard.map(({ id }) => id), ...this.caughtUp])
    return [...this.acknowledged.values()].filter(({ id }) => !known.has(id))
  }

  toString(): string {
    const [mine, theirs] = this.#sockets.map(({ connected }) => (connected ? 'connected' : 'away'))
    const seqs = this.unknown().map(({ seq }) => seq)
    return `${this.#other}: ${mine}, ${theirs}; ${this.acknowledged.size} acknowledged, ${this.heard.length} heard, unknown: ${seqs.join(' ') || 'none'}`
  }

  /** As a client of ours: it goes elsewhere when its gateway says so, and comes back when it is cut off. */
  #connect(token: string): Socket {
    const socket = io(this.#url, { transports: ['websocket'], forceNew: true, auth: { token }, reconnectionDelay: 100 })
    socket.on('ready', ({ gatewayId }: { gatewayId: string }) => this.gateways.push(gatewayId))
    // the library comes back by itself where a connection breaks, and not where a server has said something
    const later = () => void (socket.active || setTimeout(() => this.#isClosed || socket.connect(), 500))
    socket.on('disconnect', later)
    socket.on('connect_error', later)
    return socket
  }

  async connected(): Promise<void> {
    while (this.gateways.length < 2) await sleep(50)
  }

  /** Says something so often until it is told to stop; each thing until it is acknowledged. */
  talk(everyMs: number): void {
    this.#talking = (async () => {
      for (let i = 0; !this.#isOver; i++) {
        await this.#say(`${this.#token.slice(-6)} ${i}`)
        await sleep(everyMs)
      }
    })()
    // told by stop(), and not while nobody waits for it
    this.#talking.catch(() => {})
  }

  async #say(content: string): Promise<void> {
    const clientId = content.replace(' ', '-')
    for (let tries = 0; tries < 30; tries++) {
      const answer = await this.#sockets[0]!.timeout(ANSWER_MS)
        .emitWithAck('send_message', { to: this.#other, content, clientId })
        .catch((err: Error) => ({ ok: false, error: { code: err.message } }))
      if (answer.ok) return void this.acknowledged.set(content, answer.data)
      this.again.push(answer.error.code)
      await sleep(200)
    }
    throw new Error(`"${content}" was never acknowledged: ${this.again.join(', ')}`)
  }

  /** Resolves when everything that was said is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#talking
  }

  /** The whole of what the two have said, as the history has it, oldest first. */
  async history(): Promise<Message[]> {
    const all: Message[] = []
    const conversationId = this.acknowledged.values().next().value?.conversationId
    let before = ''
    for (;;) {
      const page = `${this.#url}/v1/conversations/${conversationId}/messages?limit=100${before}`
      const response = await fetch(page, { headers: { authorization: `Bearer ${this.#token}` } })
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      const { data, nextCursor } = (await response.json()) as { data: Message[]; nextCursor: string | null }
      all.push(...data)
      if (!nextCursor) return all.toSorted((a, b) => a.seq - b.seq)
      before = `&cursor=${encodeURIComponent(nextCursor)}`
    }
  }

  close(): void {
    this.#isClosed = true
    for (const socket of this.#sockets) socket.close()
  }
}
