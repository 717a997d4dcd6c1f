import { hostPath } from './container-server.ts'
import { findProgram } from './find-program.ts'
import type { LocalServer } from './local-server.ts'
import type { OwnedServer, StartOptions, TestServer } from './server.ts'
import { type ServerKind, startServer } from './start-server.ts'
import { hears } from './until-answers.ts'

export interface NatsOptions extends StartOptions {
  /** A configuration file; port, address and JetStream's folder are ours all the same. */
  config?: string | URL | undefined
  /** What the configuration file names, such as certificates: paths of this machine, which a container has too. */
  files?: readonly string[]
  /** Variables that the configuration file reads. */
  env?: Record<string, string> | undefined
}

/** A NATS server with JetStream on a store of its own. The URL holds no credentials, even when `config` asks for some. */
export function startNats(options: NatsOptions & { own: true }): Promise<OwnedServer>
export function startNats(options?: NatsOptions): Promise<TestServer>
export function startNats(options: NatsOptions = {}): Promise<TestServer> {
  return startServer(nats(options), options)
}

function nats({ config, files = [], env }: NatsOptions): ServerKind {
  const file = config === undefined ? undefined : hostPath(config)
  const target = '/etc/nats/given.conf'
  return {
    wanted: { title: 'NATS', variable: 'TEST_NATS_URL', debianPackage: 'nats-server' },
    findProgram: () => findProgram('nats-server'),
    local: (program) => localNats(program, { config, env }),
    container: {
      image: 'nats:2',
      port: 4222,
      command: [...(file ? ['-c', target] : []), '-p', '4222', '-js', '-sd', '/data'],
      env,
      files: [...(file ? [{ source: file, target }] : []), ...files.map((one) => ({ source: one, target: one }))],
      url: (host, port) => `nats://${host}:${port}`,
      answers: (url) => hears(url, '', /^INFO /),
    },
  }
}

/** `more` are arguments besides. */
export function localNats(
  program: string,
  { config, env }: Pick<NatsOptions, 'config' | 'env'>,
  more: readonly string[] = [],
): LocalServer {
  const file = config === undefined ? undefined : hostPath(config)
  return {
    name: 'nats',
    program,
    args: ({ port, data }) => [
      ...(file ? ['-c', file] : []),
      ...['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', data],
      ...more,
    ],
    url: (port) => `nats://127.0.0.1:${port}`,
    ready: /Server is ready/,
    stopSignal: 'SIGKILL',
    restartSignal: 'SIGTERM',
    env,
  }
}
