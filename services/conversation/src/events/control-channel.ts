import type { Bus, Unsubscribe } from '@parley/bus'
import { type ConnectedUser, Control, Online, subjects } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { Check } from 'typebox/value'

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
  /** Who is connected where, of the gateways that tell: those in development. */
  sockets(): Promise<GatewaySockets[]>
  start(): Promise<void>
  close(): Promise<void>
}

export function createControlChannel(bus: Bus, hear: (control: Control) => void, log: Logger): ControlChannel {
  const gateways = new Map<string, { at: number; users: Record<string, number> }>()
  const asking = new Set<Map<string, GatewaySockets>>()
  const stops: Unsubscribe[] = []
  const parse = (body: Uint8Array): unknown => {
    try {
      return JSON.parse(Buffer.from(body).toString())
    } catch (err) {
      log.warn({ err }, 'not JSON')
      return undefined
    }
  }
  const tell = (control: Control) => bus.publish(subjects.control, Buffer.from(JSON.stringify(control)))
  const hearOnline = ({ gatewayId, users, sockets }: Online) => {
    gateways.set(gatewayId, { at: performance.now(), users })
    if (sockets) for (const answers of asking) answers.set(gatewayId, { gatewayId, users: sockets })
  }
  return {
    tell,
    online(tenantId) {
      let users = 0
      for (const [id, gateway] of gateways)
        if (gateway.at < performance.now() - SILENT_MS) gateways.delete(id)
        else users += gateway.users[tenantId] ?? 0
      return users
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
        await bus.subscribe(subjects.control, (body) => {
          const control = parse(body)
          if (Check(Control, control)) hear(control)
        }),
        await bus.subscribe(subjects.online, (body) => {
          const online = parse(body)
          if (Check(Online, online)) hearOnline(online)
        }),
      )
    },
    async close() {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}
