import type { Bus } from './bus.ts'

/** Shows whether a process has its connection to the bus, and how often that came back. */
export function showConnection(
  bus: Pick<Bus, 'connected' | 'onReconnect'>,
  show: (reading: { name: string; help: string; read: () => Promise<number> }) => void,
  count: (count: { name: string; help: string }) => (by: number) => void,
): void {
  show({
    name: 'parley_bus_connected',
    help: '1 while there is a connection to NATS, 0 while it is lost',
    read: async () => (bus.connected ? 1 : 0),
  })
  const reconnects = count({ name: 'parley_bus_reconnects_total', help: 'Connections to NATS that came back' })
  bus.onReconnect(() => reconnects(1))
}
