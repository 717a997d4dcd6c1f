import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { dockerAnswers } from './docker.ts'
import { holdersOf } from './port-holder.ts'
import { send } from './process-tree.ts'
import { startRedis } from './redis.ts'

/** One command in Redis's inline form; enough to see that it serves. */
async function ask(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${command}\r\n`)
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer).trim()
}

describe('a Redis of our own', () => {
  it('answers, and leaves no process and no folder', async () => {
    const server = await startRedis({ own: true })
    expect(await ask(server.url, 'PING')).toBe('+PONG')
    if (server.kind === 'container') return await server.stop()
    const folder = readlinkSync(`/proc/${server.pid}/cwd`)
    expect(existsSync(folder)).toBe(true)
    const pid = server.pid!
    await server.stop()
    expect(send(pid, 0)).toBe(false)
    expect(existsSync(folder)).toBe(false)
  })

  it('can be stopped while it is paused', async () => {
    const server = await startRedis({ own: true })
    await server.kill('SIGSTOP')
    await server.stop()
    if (server.pid) expect(send(server.pid, 0)).toBe(false)
  })

  it('comes back on the same port after a SIGKILL', async () => {
    await using server = await startRedis({ own: true })
    await server.kill('SIGKILL')
    await expect(ask(server.url, 'PING')).rejects.toThrow()
    await server.restart()
    expect(await ask(server.url, 'PING')).toBe('+PONG')
  })

  it('comes back when somebody has its port for a moment', async () => {
    await using server = await startRedis({ own: true })
    if (server.kind === 'container') return
    await server.kill('SIGKILL')
    const port = Number(new URL(server.url).port)
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    expect(holdersOf(port)).toEqual([expect.stringMatching(`^a server of ${process.pid} \\(.+\\)$`)])
    const restarted = server.restart()
    await new Promise((resolve) => setTimeout(resolve, 500))
    other.close()
    await restarted
    expect(await ask(server.url, 'PING')).toBe('+PONG')
  })
})

it('uses the given server and leaves it alone', async () => {
  await using own = await startRedis({ own: true })
  const given = await startRedis({ url: own.url })
  expect(given).toMatchObject({ kind: 'given', url: own.url })
  await given.stop()
  expect(await ask(own.url, 'PING')).toBe('+PONG')
})

describe('a parent that dies', () => {
  const program = `
    const { startRedis } = await import(${JSON.stringify(new URL('./redis.ts', import.meta.url).href)})
    const server = await startRedis({ own: true })
    console.log(JSON.stringify({ pid: server.pid }))
  `

  async function startParent(end: string) {
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program + end], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(parent.stdout), 'line')
    const { pid } = JSON.parse(line) as { pid: number }
    return { parent, pid, folder: readlinkSync(`/proc/${pid}/cwd`) }
  }

  it('by SIGKILL leaves no orphan and no folder', async () => {
    if (await dockerAnswers()) return
    const { parent, pid, folder } = await startParent('setInterval(() => {}, 1000)')
    parent.kill('SIGKILL')
    await expectGone(pid, folder)
  })

  it('by SIGKILL while the server is paused leaves no orphan either', async () => {
    if (await dockerAnswers()) return
    const { parent, pid, folder } = await startParent(`await server.kill('SIGSTOP'); setInterval(() => {}, 1000)`)
    parent.kill('SIGKILL')
    await expectGone(pid, folder)
  })

  it('by coming to its end without stopping the server leaves no orphan', async () => {
    if (await dockerAnswers()) return
    // The pause lets this test look at the server before the parent ends.
    const { parent, pid, folder } = await startParent('await new Promise((done) => setTimeout(done, 1000))')
    await once(parent, 'exit')
    await expectGone(pid, folder)
  })
})

async function expectGone(pid: number, folder: string): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
  await expect.poll(() => existsSync(folder), { timeout: 20_000 }).toBe(false)
}

/** A dead process whose adopter has not collected it yet is a zombie, not an orphan. */
function isAlive(pid: number): boolean {
  if (!send(pid, 0)) return false
  if (!existsSync('/proc'))
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })[0] !== 'Z'
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
  } catch {
    return false
  }
}
