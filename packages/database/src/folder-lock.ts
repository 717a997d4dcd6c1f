import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The holder touches its lock this often; a lock on another host that is older than three of these is dead. */
const HEARTBEAT_MS = 2_000

interface Holder {
  host: string
  pid: number
  /** The process's start time in clock ticks, where the system tells it: a pid alone comes back for somebody else. */
  startedAt: string | null
}

/**
 * Takes the folder for this process. On the same host a holder that was killed is recognised at once, and one that is only
 * paused is respected for ever; a folder shared with another host is told by the heartbeat. Throws when it is held.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'parley.lock')
  for (let attempt = 0; attempt < 10; attempt++) {
    const file = await open(path, 'wx').catch((err: NodeJS.ErrnoException) => {
      if (err.code === 'EEXIST') return null
      throw err
    })
    if (file) {
      const me: Holder = { host: hostname(), pid: process.pid, startedAt: await startTime(process.pid) }
      const text = JSON.stringify(me)
      await file.writeFile(text)
      await file.close()
      const heartbeat = setInterval(() => {
        const now = new Date()
        utimes(path, now, now).catch(() => {})
      }, HEARTBEAT_MS)
      heartbeat.unref()
      return async () => {
        clearInterval(heartbeat)
        // not when another host has taken it over from us, asleep
        if ((await readFile(path, 'utf8').catch(() => '')) === text) await rm(path, { force: true })
      }
    }
    if (await isHeld(path))
      throw new Error(`Another process uses the data in ${folder}. Stop it, or set PARLEY_DATA to another folder.`)
    await removeDead(path)
  }
  throw new Error(`Could not lock the data folder ${folder}: others keep taking it`)
}

/** One at a time: of two who find a dead lock, the slower must not remove the faster one's. */
async function removeDead(path: string): Promise<void> {
  const removing = `${path}.removing`
  const file = await open(removing, 'wx').catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'EEXIST') return null
    throw err
  })
  if (file) {
    if (!(await isHeld(path))) await rm(path, { force: true })
    await file.close()
    await rm(removing, { force: true })
    return
  }
  await sleep(20)
  const info = await stat(removing).catch(() => null)
  if (info && Date.now() - info.mtimeMs > HEARTBEAT_MS) await rm(removing, { force: true })
}

async function isHeld(path: string): Promise<boolean> {
  const [text, info] = await Promise.all([readFile(path, 'utf8').catch(() => ''), stat(path).catch(() => null)])
  if (!info) return false
  const fresh = Date.now() - info.mtimeMs < 3 * HEARTBEAT_MS
  let holder: Partial<Holder>
  try {
    holder = JSON.parse(text)
  } catch {
    return fresh // written half: its writer is at it, or died there
  }
  if (holder.host !== hostname()) return fresh
  if (typeof holder.pid !== 'number' || !isAlive(holder.pid)) return false
  // our own pid: an earlier life of this container, unless this very process holds it
  const startedAt = await startTime(holder.pid)
  return startedAt === null || holder.startedAt == null ? fresh : startedAt === holder.startedAt
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function startTime(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // field 22; the name before it may hold spaces and parentheses
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
}
