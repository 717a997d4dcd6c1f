import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Of /proc/net/tcp, by its number. */
const STATES: Record<string, string> = { '01': 'a connection', '06': 'a connection that has ended', '0A': 'a server' }

/** Who has a port of this machine, in words for an error; an empty list where nobody has, or the system does not say. */
export function holdersOf(port: number): string[] {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6']
    .filter(existsSync)
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`))
  return rows.map(([, , , state = '', , , , , , inode = '']) => {
    const what = STATES[state] ?? `a socket in state ${state}`
    const process = processWith(inode)
    return process ? `${what} of ${process}` : what
  })
}

/** The process that has a socket open, as `pid (command line)`. */
function processWith(inode: string): string | undefined {
  if (inode === '0') return undefined
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isItsOwn = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`
        } catch {
          return false // closed meanwhile
        }
      })
      if (isItsOwn) return `${pid} (${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()})`
    } catch {
      // ended meanwhile, or somebody else's
    }
  }
  return undefined
}
