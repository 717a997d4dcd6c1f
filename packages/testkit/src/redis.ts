import { findProgram } from './find-program.ts'
import type { OwnedServer, StartOptions, TestServer } from './server.ts'
import { type ServerKind, startServer } from './start-server.ts'
import { hears } from './until-answers.ts'

/** A Redis server that keeps nothing on disk, so `restart` empties it: what Parley puts there is ephemeral. */
export function startRedis(options: StartOptions & { own: true }): Promise<OwnedServer>
export function startRedis(options?: StartOptions): Promise<TestServer>
export function startRedis(options: StartOptions = {}): Promise<TestServer> {
  return startServer(redis, options)
}

const inMemory = ['--save', '', '--appendonly', 'no']

const redis: ServerKind = {
  wanted: { title: 'Redis', variable: 'TEST_REDIS_URL', debianPackage: 'redis-server' },
  findProgram: () => findProgram('redis-server'),
  local: (program) => ({
    name: 'redis',
    program,
    args: ({ port, data }) => [...['--bind', '127.0.0.1', '--port', String(port), '--dir', data], ...inMemory],
    url: (port) => `redis://127.0.0.1:${port}`,
    ready: /Ready to accept connections/,
    stopSignal: 'SIGKILL',
    restartSignal: 'SIGTERM',
  }),
  container: {
    image: 'redis:7',
    port: 6379,
    command: ['redis-server', ...inMemory],
    url: (host, port) => `redis://${host}:${port}`,
    answers: (url) => hears(url, 'PING\r\n', /PONG/),
  },
}
