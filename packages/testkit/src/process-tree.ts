import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Direct children of a process. Empty when it has none, or is gone. */
export function childrenOf(pid: number): number[] {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  } catch {
    text = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  }
  return text.split(/\s+/).filter(Boolean).map(Number)
}

/**
 * Signals a process and its direct children. The parent is stopped first, so that it cannot start another child between
 * the list and the signals, and signalled last when it must run on.
 */
export function signalWithChildren(pid: number, signal: NodeJS.Signals): void {
  send(pid, 'SIGSTOP')
  const children = childrenOf(pid)
  if (signal === 'SIGKILL') send(pid, signal)
  for (const child of children) send(child, signal)
  if (signal !== 'SIGKILL') send(pid, signal)
}

/** Like `process.kill`; false when the process does not exist. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
