import { describe, expect, it } from 'vitest'
import { processesOf } from './processes-of.ts'

describe('the processes behind a name', () => {
  it('are as many as the name has addresses, and a browser that holds one in a cookie does not learn its address', async () => {
    const processes = await processesOf('http://gateway:8080', async () => [
      { address: '10.1.0.4', family: 4 },
      { address: 'fd00::5', family: 6 },
    ])()
    expect(processes.map(({ url }) => url)).toEqual(['http://10.1.0.4:8080', 'http://[fd00::5]:8080'])
    for (const { name } of processes) expect(name).toMatch(/^[0-9a-f]{12}$/)
    expect(new Set(processes.map(({ name }) => name)).size).toBe(2)
  })

  it('come and go with their addresses, and stay while the name cannot be resolved', async () => {
    let addresses: string[] = []
    const find = processesOf('http://gateway:8080', async () => {
      if (addresses.length === 0) throw new Error('ENOTFOUND')
      return addresses.map((address) => ({ address, family: 4 }))
    })
    const urls = async () => (await find()).map(({ url }) => url)
    expect(await urls()).toEqual([])
    addresses = ['10.1.0.4']
    const [before] = await find()
    addresses = ['10.1.0.7', '10.1.0.4']
    expect(await urls()).toEqual(['http://10.1.0.7:8080', 'http://10.1.0.4:8080'])
    expect((await find())[1]).toEqual(before)
    addresses = []
    expect(await urls()).toEqual(['http://10.1.0.7:8080', 'http://10.1.0.4:8080'])
  })
})
