import { chooseProvider, type Probe, type Wanted } from './choose-provider.ts'
import { type ContainerServer, startContainerServer } from './container-server.ts'
import { canInstallPackages, installPackage } from './debian-packages.ts'
import { dockerAnswers } from './docker.ts'
import { type LocalServer, startLocalServer } from './local-server.ts'
import type { OwnedServer, StartOptions, TestServer } from './server.ts'

/** One kind of server in all the ways in which it can be had. */
export interface ServerKind {
  wanted: Wanted
  findProgram(): string | undefined
  local(program: string): LocalServer
  container: ContainerServer
}

/** Finds or starts a server; `chooseProvider` says in which order. */
export async function startServer(kind: ServerKind, options: StartOptions & { own: true }): Promise<OwnedServer>
export async function startServer(kind: ServerKind, options: StartOptions): Promise<TestServer>
export async function startServer(kind: ServerKind, options: StartOptions): Promise<TestServer> {
  const probe: Probe = {
    given: () => (options.own ? undefined : (options.url ?? process.env[kind.wanted.variable])),
    only: onlyFrom,
    docker: dockerAnswers,
    program: kind.findProgram,
    canInstall: canInstallPackages,
  }
  let provider = await chooseProvider(kind.wanted, probe)
  if (provider.kind === 'given') return given(provider.url)
  if (provider.kind === 'container') {
    try {
      return await startContainerServer(kind.container)
    } catch (error) {
      if (onlyFrom() === 'container') throw error
      // An engine that answers but cannot fetch the image. Whoever has the program does not need it.
      process.stderr.write(`testkit: no container for ${kind.wanted.title}: ${error}\n`)
      provider = await chooseProvider(kind.wanted, { ...probe, docker: async () => false })
    }
  }
  if (provider.kind === 'local') return await startLocalServer(kind.local(provider.program))
  await installPackage(kind.wanted.debianPackage)
  const program = kind.findProgram()
  if (!program)
    throw new Error(`${kind.wanted.debianPackage} is installed, but the program of ${kind.wanted.title} is not found`)
  return await startLocalServer(kind.local(program))
}

/** TEST_SERVERS says where servers come from: `container`, `local`, or unset: whichever can be had. */
function onlyFrom(): 'container' | 'local' | undefined {
  const { TEST_SERVERS: only } = process.env
  if (only && only !== 'container' && only !== 'local')
    throw new Error(`TEST_SERVERS is ${only}, and can be container or local`)
  return only === 'container' || only === 'local' ? only : undefined
}

function given(url: string): TestServer {
  return { kind: 'given', url, pid: undefined, async stop() {}, async [Symbol.asyncDispose]() {} }
}
