import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { canBind, freePort, reservationOf } from './free-port.ts'

it('gives ports that can be bound, below the range of outgoing connections, and none twice', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  expect(new Set(ports).size).toBe(50)
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_000)
    expect(port).toBeLessThan(32_768)
  }
  expect(await Promise.all(ports.map(canBind))).not.toContain(false)
})

it('sees that a port is taken', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  expect(typeof address === 'object' && address && (await canBind(address.port))).toBe(false)
  server.close()
})

it.runIf(process.platform === 'linux')(
  'gives none that another process has been given, also while nobody listens there',
  async () => {
    const middle = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const other = createServer()
    onTestFinished(() => {
      middle.mockRestore()
      other.close()
    })
    const first = await freePort()
    other.listen(reservationOf(first + 1))
    await once(other, 'listening')
    expect(await canBind(first + 1)).toBe(true)
    expect(await freePort()).toBeGreaterThan(first + 1)
  },
)
