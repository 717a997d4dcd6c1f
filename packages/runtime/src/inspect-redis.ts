import { Redis } from 'ioredis'

export interface RedisFacts {
  version: string
  /** `noeviction`, or how it makes room. */
  evictionPolicy: string
  /** Bytes; 0: as much as there is. */
  maxMemory: number
  usedMemory: number
  isReplica: boolean
}

const ANSWER_MS = 3_000
/** Gone by itself, whatever becomes of us. */
const KEPT_MS = 5_000

/** Looks at a Redis as services find it, and writes to it. Rejects where there is no connection or it takes nothing. */
export async function inspectRedis(url: string): Promise<RedisFacts> {
  const client = new Redis(url, {
    ...{ lazyConnect: true, maxRetriesPerRequest: 0, connectTimeout: ANSWER_MS, commandTimeout: ANSWER_MS },
    retryStrategy: null,
  } as object)
  let failure: Error | undefined
  client.on('error', (err) => {
    failure = err
  })
  try {
    await client.connect()
    const info = await client.info()
    const said = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
    await client.set(`parley:doctor:${process.pid}`, '', 'PX', KEPT_MS)
    return {
      version: said('redis_version'),
      evictionPolicy: said('maxmemory_policy'),
      maxMemory: Number(said('maxmemory')),
      usedMemory: Number(said('used_memory')),
      isReplica: said('role') === 'slave',
    }
  } catch (err) {
    // why the connection is closed is told beside it
    throw err instanceof Error && /closed/i.test(err.message) ? (failure ?? err) : err
  } finally {
    client.disconnect()
  }
}
