import { canInstallPackages, installPackage } from './debian-packages.ts'
import { findProgram } from './find-program.ts'
import { freePort } from './free-port.ts'
import { startLocalServer } from './local-server.ts'
import { localNats, type NatsOptions } from './nats.ts'
import type { OwnedServer } from './server.ts'

export interface NatsCluster extends AsyncDisposable {
  /** All of them, with commas between, without credentials. */
  readonly url: string
  readonly servers: readonly OwnedServer[]
}

const PACKAGE = 'nats-server'

/**
 * NATS servers on this machine that are a cluster: routes from each to each, and JetStream that replicates. Always plain processes, since
 * containers would have to find each other. Resolves when all serve; a leader for streams may still have to be elected.
 */
export async function startNatsCluster({
  size = 3,
  config,
  env,
}: Pick<NatsOptions, 'config' | 'env'> & { size?: number } = {}): Promise<NatsCluster> {
  if (findProgram(PACKAGE) === undefined && (await canInstallPackages())) await installPackage(PACKAGE)
  const program = findProgram(PACKAGE)
  if (program === undefined) throw new Error(`A cluster of NATS needs the program ${PACKAGE} on the PATH`)
  const ports = await Promise.all(Array.from({ length: size }, freePort))
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`)
  const started = await Promise.allSettled(
    ports.map((port, index) =>
      startLocalServer(
        localNats(program, { config, env }, [
          ...['-n', `nats-${index + 1}`, '--cluster_name', 'parley-test'],
          ...['--cluster', `nats://127.0.0.1:${port}`, '--routes', routes.filter((_, i) => i !== index).join(',')],
        ]),
      ),
    ),
  )
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()))
  }
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason
  } catch (error) {
    await stop()
    throw error
  }
  return { url: servers.map(({ url }) => url).join(','), servers, [Symbol.asyncDispose]: stop }
}
