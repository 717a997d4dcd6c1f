import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startNats } from './nats.ts'
import { send } from './process-tree.ts'

/** The first line that a NATS server says: `INFO {...}`. */
async function info(url: string): Promise<{ jetstream?: boolean; server_id: string }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const [line] = await once(socket, 'data')
  socket.destroy()
  return JSON.parse(String(line).replace(/^INFO /, ''))
}

describe('a NATS of our own', () => {
  it('answers, has JetStream, and leaves no process', async () => {
    const server = await startNats({ own: true })
    expect(await info(server.url)).toMatchObject({ jetstream: true })
    const { pid } = server
    await server.stop()
    await expect(info(server.url)).rejects.toThrow()
    if (pid) expect(send(pid, 0)).toBe(false)
  })

  it('comes back on the same port after a SIGKILL', async () => {
    await using server = await startNats({ own: true })
    const before = await info(server.url)
    await server.kill('SIGKILL')
    await expect(info(server.url)).rejects.toThrow()
    await server.restart()
    expect((await info(server.url)).server_id).not.toBe(before.server_id)
  })
})

it('says why a server did not start', async () => {
  const config = new URL('./no-such-file.conf', import.meta.url)
  await expect(startNats({ own: true, config })).rejects.toThrow(/no-such-file/)
})
