import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

let answer: Promise<boolean> | undefined

const PATIENCE_MS = 5_000
/** For an engine that somebody has named: it is meant, also on a machine that is busy. */
const PATIENCE_WITH_NAMED_MS = 30_000

/**
 * True when a container engine answers `info` in time. Asked once per process: the answer decides where
 * every server of a test run comes from.
 */
export function dockerAnswers(): Promise<boolean> {
  answer ??= ask()
  return answer
}

async function ask(): Promise<boolean> {
  if (!mayHaveEngine()) return false
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, isNamed() ? PATIENCE_WITH_NAMED_MS : PATIENCE_MS, false)
  })
  const asked = import('testcontainers')
    .then((testcontainers) => testcontainers.getContainerRuntimeClient())
    .then(
      () => true,
      () => false,
    )
  const answered = await Promise.race([asked, tooLate])
  clearTimeout(timer)
  return answered
}

/** Loading Testcontainers takes most of a second, which a machine with no sign of an engine need not pay. */
function mayHaveEngine(): boolean {
  const runtime = process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`
  const files = [
    '/var/run/docker.sock',
    join(runtime, 'docker.sock'),
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
    join(homedir(), '.testcontainers.properties'),
  ]
  return process.platform === 'win32' || isNamed() || files.some(existsSync)
}

function isNamed(): boolean {
  return ['DOCKER_HOST', 'TESTCONTAINERS_HOST_OVERRIDE', 'DOCKER_CONTEXT'].some((name) => process.env[name])
}
