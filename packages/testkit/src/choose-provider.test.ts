import { describe, expect, it } from 'vitest'
import { chooseProvider, type Probe } from './choose-provider.ts'

const redis = { title: 'Redis', variable: 'TEST_REDIS_URL', debianPackage: 'redis-server' }

/** Everything is to be had; each test takes away what comes first. */
function probe(over: Partial<Probe> = {}): Probe {
  return {
    given: () => 'redis://elsewhere:6379',
    docker: async () => true,
    program: () => '/usr/bin/redis-server',
    canInstall: async () => true,
    ...over,
  }
}
const notGiven = { given: () => undefined }
const noDocker = { ...notGiven, docker: async () => false }
const noProgram = { ...noDocker, program: () => undefined }

describe('where a server comes from', () => {
  it('is the given URL before anything else', async () => {
    expect(await chooseProvider(redis, probe())).toEqual({ kind: 'given', url: 'redis://elsewhere:6379' })
  })

  it('takes an empty variable for one that is not set', async () => {
    expect(await chooseProvider(redis, probe({ given: () => '' }))).toEqual({ kind: 'container' })
  })

  it('is a container when Docker answers', async () => {
    expect(await chooseProvider(redis, probe(notGiven))).toEqual({ kind: 'container' })
  })

  it('is the installed program when Docker does not answer', async () => {
    expect(await chooseProvider(redis, probe(noDocker))).toEqual({ kind: 'local', program: '/usr/bin/redis-server' })
  })

  it('is installed when nothing is there and it may be', async () => {
    expect(await chooseProvider(redis, probe(noProgram))).toEqual({ kind: 'install', debianPackage: 'redis-server' })
  })

  it('is an error that names the variable and the package when nothing is left', async () => {
    const choice = chooseProvider(redis, probe({ ...noProgram, canInstall: async () => false }))
    await expect(choice).rejects.toThrow(/TEST_REDIS_URL.*Docker.*apt-get install redis-server/s)
  })

  it('is a container or nothing when only containers will do', async () => {
    const only = () => 'container' as const
    expect(await chooseProvider(redis, probe({ ...notGiven, only }))).toEqual({ kind: 'container' })
    await expect(chooseProvider(redis, probe({ ...noDocker, only }))).rejects.toThrow(/TEST_SERVERS=container/)
  })

  it('is a program beside an engine that answers when only programs will do', async () => {
    const local = { kind: 'local', program: '/usr/bin/redis-server' }
    expect(await chooseProvider(redis, probe({ ...notGiven, only: () => 'local' }))).toEqual(local)
  })

  it('does not ask Docker when a URL is given', async () => {
    let asked = false
    const docker = async () => {
      asked = true
      return true
    }
    await chooseProvider(redis, probe({ docker }))
    expect(asked).toBe(false)
  })
})
