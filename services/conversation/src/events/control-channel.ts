import { type Bus, publishTopic, subscribeTopic, type Unsubscribe } from '@parley/bus'
import { type ConnectedUser, type Control, type Online, topics } from '@parley/contracts'
import type { Logger } from '@parley/runtime'

/** A gateway that has said nothing for this long is gone, and its users with it. */
const SILENT_MS = 6_000
/** As long as gateways have to say who is connected to them. */
const ANSWER_MS = 300

/** Who is connected to a gateway. */
export interface GatewaySockets {
  gatewayId: string
  users: ConnectedUser[]
}

/** What processes tell each other that concerns no conversation, and how many users are connected. */
export interface ControlChannel {
  tell(control: Control): void
  online(tenantId: string): number
  /** Gateways that are there. */
  gateways(): number
  /** Who is connected where, of the gateways that tell: those in development. */
  sockets(): Promise<GatewaySockets[]>
  start(): Promise<void>
  close(): Promise<void>
}

export function createControlChannel(bus: Bus, hear: (control: Control) => void, log: Logger): ControlChannel {
  const gateways = new Map<string, { at: number; users: Record<string, number> }>()
  const asking = new Set<Map<string, GatewaySockets>>()
  const stops: Unsubscribe[] = []
  const tell = (control: Control) => publishTopic(bus, topics.control, control)
  const hearOnline = ({ gatewayId, users, sockets }: Online) => {
    gateways.set(gatewayId, { at: performance.now(), users })
    if (sockets) for (const answers of asking) answers.set(gatewayId, { gatewayId, users: sockets })
  }
  const forgetSilent = () => {
    for (const [id, { at }] of gateways) if (at < performance.now() - SILENT_MS) gateways.delete(id)
  }
  return {
    tell,
    online(tenantId) {
      forgetSilent()
      let all = 0
      for (const { users } of gateways.values()) all += users[tenantId] ?? 0
      return all
    },
    gateways() {
      forgetSilent()
      return gateways.size
    },
    async sockets() {
      const answers = new Map<string, GatewaySockets>()
      asking.add(answers)
      tell({ kind: 'sockets_asked' })
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
      asking.delete(answers)
      return [...answers.values()]
    },
    async start() {
      stops.push(
        await subscribeTopic(bus, topics.control, hear, log),
        await subscribeTopic(bus, topics.online, hearOnline, log),
      )
    },
    async close() {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}
