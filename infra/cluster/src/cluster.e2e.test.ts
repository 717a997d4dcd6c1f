import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@nats-io/transport-node'
import { describe, expect, it } from 'vitest'
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts'

const toy = fileURLToPath(new URL('../test/toy-service.mjs', import.meta.url))

interface Answer {
  pid: number
  DATABASE_URL: string
  NATS_URL: string
  REDIS_URL: string
}

async function withCluster(options: ClusterOptions, use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const logFolder = await mkdtemp(join(tmpdir(), 'parley-cluster-test-'))
  try {
    await using cluster = await startCluster({
      mains: { conversation: toy, gateway: toy, storage: toy, notifier: toy },
      logFolder,
      ...options,
    })
    await use(cluster)
  } finally {
    await rm(logFolder, { recursive: true })
  }
}

async function get(url: string): Promise<Answer> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a cluster', () => {
  it('has two replicas of each service behind one port, each with its own credentials, and leaves nothing running', async () => {
    let pids: number[] = []
    let logFile = ''
    await withCluster({}, async (cluster) => {
      const [one, two] = [await get(`${cluster.url}/v1/me`), await get(`${cluster.url}/v1/me`)]
      const [first, second, third] = cluster.processes
      expect(new Set([one.pid, two.pid])).toEqual(new Set([first?.pid, second?.pid]))
      const gateway = await get(`${third?.url}/`)
      const storages = cluster.processes.filter(({ name }) => name.startsWith('storage'))
      const ofStorage = [
        await get(`${cluster.url}/v1/attachments/x/content`),
        await get(`${cluster.url}/v1/pictures/x`),
      ]
      expect(new Set(ofStorage.map(({ pid }) => pid))).toEqual(new Set(storages.map(({ pid }) => pid)))
      const ofNotifier = await get(`${cluster.url}/v1/notifications`)
      expect(ofNotifier.NATS_URL).toMatch(/^nats:\/\/notifier:/)
      expect(ofStorage[0]?.NATS_URL).toMatch(/^nats:\/\/storage:/)
      expect(one.NATS_URL).toMatch(/^nats:\/\/conversation:/)
      expect(gateway.NATS_URL).toMatch(/^nats:\/\/gateway:/)
      expect(one).toMatchObject({ DATABASE_URL: cluster.postgres.url, REDIS_URL: cluster.redis.url })
      pids = [...cluster.processes, cluster.postgres.server, cluster.nats.server, cluster.redis.server].flatMap(
        ({ pid }) => pid ?? [],
      )
      expect(pids.every(isAlive)).toBe(true)
      logFile = cluster.processes[0]?.logFile ?? ''
      await cluster.stop()
      expect(readFileSync(logFile, 'utf8')).toContain('the toy ends in order')
    })
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(logFile)).toBe(false)
  })

  it('lets a host in over NATS as the README says, at the address that is printed', async () => {
    await withCluster({}, async ({ hostNatsUrl }) => {
      const { username: user, password: pass, host: servers } = new URL(hostNatsUrl ?? '')
      expect({ user, pass }).toEqual({ user: 'host', pass: 'host-dev' })
      const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
      expect(readme).toContain(`user: '${user}', pass: '${pass}', inboxPrefix: '_INBOX_host'`)
      const nats = await connect({ servers, user, pass, inboxPrefix: '_INBOX_host' })
      await nats.flush()
      await nats.close()
    })
  })

  it('goes on while a replica is killed, and takes it back when it is restarted', async () => {
    await withCluster({}, async (cluster) => {
      const [first, second] = cluster.processes
      await first?.kill('SIGKILL')
      for (let i = 0; i < 6; i++) expect((await get(`${cluster.url}/v1/me`)).pid).toBe(second?.pid)
      await first?.restart()
      await expect.poll(async () => (await get(`${cluster.url}/v1/me`)).pid).toBe(first?.pid)
    })
  })

  it('reports a process that dies, with its exit code and its last words', async () => {
    const said: string[] = []
    await withCluster({ log: (line) => said.push(line) }, async (cluster) => {
      await fetch(`${cluster.processes[3]?.url}/die`).catch(() => {})
      await expect.poll(() => said.join('\n')).toMatch(/gateway-2 ended with exit code 7\n.*told to die/)
    })
  })

  it('says why a service does not start', async () => {
    const starting = withCluster({ env: { TOY_DIES: 'at start' } }, async () => {})
    await expect(starting).rejects.toThrow(/conversation-1 ended before it was ready:\n.*does not want to start/)
  })
})
