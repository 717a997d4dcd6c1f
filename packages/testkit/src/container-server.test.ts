import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ContainerServer, startContainerServer } from './container-server.ts'
import { dockerAnswers } from './docker.ts'

const redis: ContainerServer = {
  image: 'redis:7',
  port: 6379,
  command: ['redis-server'],
  url: (host, port) => `redis://${host}:${port}`,
  answers: async () => {},
}

/** The names of containers with this command, running or not. */
async function containersOf(command: string): Promise<string[]> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const { container } = await getContainerRuntimeClient()
  const all = await container.dockerode.listContainers({ all: true })
  return all.filter(({ Command }) => Command.includes(command)).flatMap(({ Names }) => Names)
}

describe.skipIf(!(await dockerAnswers()))('a container that does not start', () => {
  it('is not left behind where it cannot be filled', async () => {
    const command = `redis-server-${randomUUID()}`
    const files = [{ source: '/no-such-file.conf', target: '/etc/given.conf' }]
    await expect(startContainerServer({ ...redis, command: [command], files })).rejects.toThrow(/no-such-file/)
    expect(await containersOf(command)).toEqual([])
  })
})
