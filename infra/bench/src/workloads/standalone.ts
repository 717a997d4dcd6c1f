import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type IdentityConfig, signDevelopmentToken } from '@parley/runtime'
import { freePort, guardAgainstOrphans } from '@parley/testkit'
import { connectRaw, type Packet, type RawClient } from '../client.ts'
import { memoryByName, residentOf } from '../cpu.ts'
import { isOk } from '../load/packets.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

const MAIN = fileURLToPath(new URL('../../../../services/standalone/dist/main.js', import.meta.url))
const START_MS = 60_000

const identity: IdentityConfig = {
  NODE_ENV: 'development',
  JWT_CLAIM_USER: ['sub'],
  JWT_CLAIM_ROLE: ['role'],
  JWT_CLAIM_TENANT: ['tenant'],
}

/** The one process, as `npm start` runs it: from the start to the acknowledgement of a first message, cold and warm. */
export const standalone: Workload = {
  name: 'standalone',
  title: () => 'standalone (PGlite): start to first message',
  systems: ['parley'],
  figures: [
    { name: 'seconds, first start', digits: 2, must: { most: 5 } },
    { name: 'seconds, later start', digits: 2, must: { most: 2 } },
    { name: 'RSS MiB', digits: 0 },
    { name: 'PSS MiB', digits: 0 },
  ],
  unit: 'starts',
  async run() {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} does not exist: run \`npm run build\` first`)
    const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
    try {
      const first = await startOnce(folder)
      const later = await startOnce(folder)
      return {
        figures: {
          'seconds, first start': first.seconds,
          'seconds, later start': later.seconds,
          'RSS MiB': later.rss / 1024,
          'PSS MiB': later.pss / 1024,
        },
        faults: NO_FAULTS,
        cpu: {},
        reasons: [],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function startOnce(folder: string): Promise<{ seconds: number; rss: number; pss: number }> {
  const port = await freePort()
  const token = signDevelopmentToken({ userId: 'ana', role: 'customer' }, identity)
  const guard = guardAgainstOrphans({ signal: 'SIGTERM' })
  const started = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
    // Nothing of our own environment: a DATABASE_URL there would make it another measurement.
    env: { PATH: process.env.PATH, PORT: String(port), PARLEY_DATA: folder },
    stdio: 'ignore',
  })
  guard.watch(child.pid)
  try {
    await firstMessage(child, `http://127.0.0.1:${port}`, token)
    const seconds = (performance.now() - started) / 1_000
    const processes = [{ name: 'standalone', pid: child.pid! }]
    return { seconds, rss: residentOf(child.pid!), pss: memoryByName(processes).get('standalone')! }
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    guard.release()
  }
}

/** Knocks until the socket opens, and resolves when a message was acknowledged. */
async function firstMessage(child: ChildProcess, url: string, token: string): Promise<void> {
  const deadline = performance.now() + START_MS
  while (true) {
    let onPacket: (packet: Packet) => void = () => {}
    const client: RawClient | undefined = await connectRaw({
      url,
      auth: { token },
      onPacket: (packet) => onPacket(packet),
    }).catch(() => undefined)
    if (client) {
      const acknowledged = new Promise<boolean>((resolve) => {
        onPacket = (packet) => packet.ack >= 0 && resolve(isOk(packet))
      })
      client.emit('send_message', '{"to":"ben","content":"The first message"}')
      const ok = await acknowledged
      client.destroy()
      if (ok) return
      throw new Error('standalone refused the first message')
    }
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('standalone did not start')
    await sleep(10)
  }
}
