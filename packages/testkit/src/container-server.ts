import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { StartedTestContainer } from 'testcontainers'
import { freePort } from './free-port.ts'
import type { OwnedServer } from './server.ts'
import { untilAnswers } from './until-answers.ts'

/** How one kind of server runs as a container. */
export interface ContainerServer {
  image: string
  port: number
  command: string[]
  env?: Record<string, string> | undefined
  files?: { source: string; target: string }[]
  url(host: string, port: number): string
  /**
   * Resolves when the server answers. Its log is not asked: it says other things the first time and after a restart, and the
   * engine's port takes connections before anybody listens behind it.
   */
  answers(url: string): Promise<unknown>
}

const START_MS = 120_000

/**
 * Runs a server in a container. The port on the host is chosen here, because Docker would choose another one on every
 * restart. Testcontainers' own reaper removes the container when this process dies.
 */
export async function startContainerServer(server: ContainerServer): Promise<OwnedServer> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
  const engine = await getContainerRuntimeClient()
  const hostPort = await freePort()
  const name = `parley-test-${randomUUID()}`
  const handle = engine.container.getById(name)
  const container: StartedTestContainer = await new GenericContainer(server.image)
    .withName(name)
    .withCommand(server.command)
    .withEnvironment(server.env ?? {})
    .withCopyFilesToContainer(server.files ?? [])
    .withExposedPorts({ container: server.port, host: hostPort })
    .withWaitStrategy(Wait.forLogMessage(/./))
    .withStartupTimeout(START_MS)
    .start()
    .catch(async (error) => {
      // What Testcontainers has made and could not fill or start it leaves to its reaper, which may be off or wait for the whole run.
      await handle.remove({ force: true, v: true }).catch(() => {})
      throw error
    })
  let stopping: Promise<void> | undefined
  const goOn = () => handle.unpause().catch(() => {})
  const stop = () => {
    stopping ??= goOn()
      .then(() => container.stop({ remove: true, removeVolumes: true }))
      .then(() => {})
    return stopping
  }
  const url = server.url(container.getHost(), hostPort)
  const serves = () => untilAnswers(() => server.answers(url), START_MS)
  await serves().catch(async (error) => {
    await stop()
    throw error
  })
  return {
    kind: 'container',
    url,
    pid: undefined,
    async kill(signal) {
      // A signal reaches the first process of a container alone: the whole of it is halted by the engine.
      if (signal === 'SIGSTOP') return void (await handle.pause())
      if (signal === 'SIGCONT') return void (await handle.unpause())
      await handle.kill({ signal })
      if (signal === 'SIGKILL') await handle.wait()
    },
    async restart() {
      // The engine starts a container that was killed as well; one that is halted has to run first.
      await goOn()
      await handle.restart({ t: 10 })
      await serves()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** A file of the host as Testcontainers wants it: a path, also when a file URL is given. */
export function hostPath(file: string | URL): string {
  return file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file
}
