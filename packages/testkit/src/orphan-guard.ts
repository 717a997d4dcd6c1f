import { spawn } from 'node:child_process'

export interface OrphanGuard {
  /** The process to end with us; undefined when there is none at the moment. */
  watch(pid: number | undefined): void
  /** Everything was cleared up by ourselves. */
  release(): void
}

/**
 * Reads lines until its input ends. It ends when the parent does, however the parent dies: the kernel closes the pipe
 * even for SIGKILL. SIGCONT first, because a fault test may have left the process stopped; then ten seconds' grace.
 */
const SCRIPT = `
trap '' INT TERM HUP
pid=
while read -r verb value; do
  case $verb in
    watch) pid=$value ;;
    release) exit 0 ;;
  esac
done
if [ -n "$pid" ]; then
  kill -CONT "$pid"; kill -s "$1" "$pid"
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$pid" || break
    sleep 0.5
  done
  kill -KILL "$pid"
fi
[ -z "$2" ] || rm -rf "$2"
`

/**
 * Starts a small shell that outlives this process by a moment: if this process dies without `release`, the shell ends
 * the watched process with `signal` (and SIGKILL ten seconds later) and removes `folder`.
 */
export function guardAgainstOrphans(options: { signal: NodeJS.Signals; folder?: string }): OrphanGuard {
  const guard = spawn('sh', ['-c', SCRIPT, 'parley-guard', options.signal.replace('SIG', ''), options.folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A session of its own: Ctrl-C in a terminal goes to the whole group and would end the guard with what it guards.
    detached: true,
    cwd: '/',
  })
  // Neither the guard nor its pipe may keep the process alive that they watch.
  guard.unref()
  const input = guard.stdin as typeof guard.stdin & { unref?: () => void }
  input.unref?.()
  input.on('error', () => {})
  guard.on('error', () => {})
  return {
    watch: (pid) => void input.write(`watch ${pid ?? ''}\n`),
    release: () => void input.end('release\n'),
  }
}
