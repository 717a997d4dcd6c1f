import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { isOfTheInternet, type Resolver } from '@parley/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInspect } from '../content/inspect.ts'
import { jpeg } from '../testing/bad-files.ts'
import { createPreviews } from './previews.ts'

const folder = await mkdtemp(join(tmpdir(), 'parley-previews-'))
const inspect = createInspect()
const pages = new Map<string, RequestListener>()
const asked: IncomingMessage[] = []
const server = createServer((request, response) => {
  asked.push(request)
  const page = pages.get(new URL(request.url ?? '', 'http://x').pathname)
  if (page) page(request, response)
  else response.writeHead(404).end()
})
let port = 0
beforeAll(async () => {
  pages.set('/end', html('<title>End</title>'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

const names =
  (addresses: Record<string, string[]>): Resolver =>
  (hostname, answer) => {
    const found = (addresses[hostname] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    answer(found.length > 0 ? null : new Error(`no ${hostname}`), found)
  }
/** Every name of this test's internet is our server, which is opened for it. */
const here: Resolver = (_, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }])
const open = createPreviews({ inspect, resolver: here, allowed: ['127.0.0.1'], patienceMs: 2_000 })
const preview = (path: string, host = 'shop.example') => open(`http://${host}:${port}${path}`, { folder })

const html =
  (head: string, type = 'text/html; charset=utf-8'): RequestListener =>
  (_, response) =>
    response.setHeader('content-type', type).end(`<!doctype html><html><head>${head}</head><body><title>No</title>`)

describe('a card', () => {
  test('says what the page says of itself, with its picture made anew', async () => {
    const picture = await jpeg(800, 400)
    pages.set('/p.jpg', (_, response) => response.setHeader('content-type', 'image/jpeg').end(picture))
    pages.set(
      '/flat',
      html(
        `<title>Other</title><meta property="og:title" content="Two rooms &amp; a\u202e view\n">
        <meta name="description" content="${'long '.repeat(200)}"><meta property="og:site_name" content="Shop">
        <meta property="og:image" content="/p.jpg">`,
      ),
    )
    const card = await preview('/flat')
    expect(card).toMatchObject({
      title: 'Two rooms & a view',
      siteName: 'Shop',
    })
    expect(card?.description).toHaveLength(400)
    expect(card?.imageFile).toMatchObject({ kind: 'image', mime: 'image/jpeg', width: 800, name: 'picture.jpg' })
    expect(card?.imageFile?.variants.map(({ name }) => name)).toEqual(['thumbnail', 'medium'])
    const [page] = asked.filter(({ url }) => url === '/flat')
    expect(page?.headers).toMatchObject({ 'user-agent': expect.stringContaining('Parley'), accept: 'text/html' })
    for (const header of ['cookie', 'authorization', 'referer']) expect(page?.headers[header]).toBeUndefined()
  })

  test('is read in the encoding of the page, packed or not, as far as it comes', async () => {
    pages.set('/latin', (_, response) =>
      response
        .setHeader('content-type', 'text/html')
        .end(Buffer.from('<meta charset=windows-1252><title>Gr\u00fc\u00dfe</title>', 'latin1')),
    )
    pages.set('/packed', (_, response) =>
      response
        .setHeader('content-type', 'text/html')
        .setHeader('content-encoding', 'gzip')
        .end(gzipSync('<title>Packed</title>')),
    )
    pages.set('/endless', (_, response) => {
      response.setHeader('content-type', 'text/html').write('<title>Endless</title>')
      const more = setInterval(() => response.write(' '.repeat(64 * 1024)), 1)
      response.on('close', () => clearInterval(more))
    })
    expect((await preview('/latin'))?.title).toBe('Grüße')
    expect((await preview('/packed'))?.title).toBe('Packed')
    expect((await preview('/endless'))?.title).toBe('Endless')
  })

  test('is none where there is no page with a title, or it takes too long', async () => {
    pages.set('/untitled', html('<meta name="description" content="x">'))
    pages.set('/json', html('<title>x</title>', 'application/json'))
    pages.set('/bomb', (_, response) =>
      response
        .setHeader('content-type', 'text/html')
        .setHeader('content-encoding', 'gzip')
        .end(gzipSync(Buffer.alloc(64 * 1024 * 1024, 32))),
    )
    pages.set('/slow', (_, response) => response.setHeader('content-type', 'text/html').write('<tit'))
    for (const path of ['/untitled', '/json', '/bomb', '/slow', '/absent']) expect(await preview(path), path).toBeNull()
  })

  test('has no picture where that is none, too large, or of what is not decoded', async () => {
    const before = (await readdir(folder)).length
    pages.set('/large.png', (_, response) =>
      response.setHeader('content-type', 'image/png').end(Buffer.alloc(3 * 1024 * 1024, 1)),
    )
    pages.set('/svg', (_, response) =>
      response.setHeader('content-type', 'image/svg+xml').end('<svg onload="alert(1)"/>'),
    )
    for (const image of [
      '/large.png',
      '/svg',
      '/absent',
      'file:///etc/passwd',
      'http://169.254.169.254/latest',
      'data:image/png;base64,AA',
    ]) {
      pages.set('/with', html(`<title>T</title><meta property="og:image" content="${image}">`))
      expect(await preview('/with'), image).toMatchObject({ title: 'T', imageFile: undefined })
    }
    expect((await readdir(folder)).length - before, 'two pictures that were looked at').toBeLessThanOrEqual(2)
  })

  test('follows three redirects and no more', async () => {
    for (const hop of [1, 2, 3, 4])
      pages.set(`/hop${hop}`, (_, response) =>
        response.writeHead(302, { location: hop === 1 ? '/end' : `/hop${hop - 1}` }).end(),
      )
    expect(await preview('/hop3')).toMatchObject({ title: 'End' })
    expect(await preview('/hop4')).toBeNull()
  })
})

describe('what is not public is never asked', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
  ]
  const inside6 = [
    '::1',
    '::',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    '2001:db8::1',
    'ff02::1',
  ]
  const closed = createPreviews({
    inspect,
    patienceMs: 2_000,
    resolver: names({ 'mixed.example': ['93.184.215.14', '10.0.0.1'] }),
  })

  test.each([...inside, ...inside6])('%s, behind a name or in its place', async (address) => {
    const before = asked.length
    const literal = address.includes(':') ? `[${address}]` : address
    // Another address is opened, so that our server's port may be asked: those that lead to this machine would find it.
    const resolver = names({ 'evil.example': [address] })
    const named = createPreviews({ inspect, resolver, patienceMs: 2_000, allowed: ['203.0.113.1'] })
    expect(await named(`http://evil.example:${port}/end`, { folder })).toBeNull()
    expect(await named(`http://${literal}:${port}/end`, { folder })).toBeNull()
    if (address.includes(':') && !address.startsWith('2')) expect(isOfTheInternet(address)).toBe(false)
    expect(asked.length).toBe(before)
  })

  test.each([
    'http://mixed.example/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://user:secret@example.com/',
    'http://example.com:8080/',
    'https://example.com:80/',
    'gopher://example.com/',
    'not a link',
  ])('%s', async (url) => {
    expect(await closed(url, { folder })).toBeNull()
  })

  test.each(['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '017700000001', '%31%32%37.0.0.1'])(
    '%s',
    async (host) => {
      const before = asked.length
      const other = createPreviews({ inspect, patienceMs: 2_000, allowed: ['203.0.113.1'] })
      expect(await other(`http://${host}:${port}/end`, { folder })).toBeNull()
      expect(asked.length).toBe(before)
    },
  )

  test('a name that is public when it is looked at and private when it is connected to', async () => {
    const before = asked.length
    let times = 0
    const rebinding: Resolver = (_, answer) => {
      times += 1
      answer(null, [{ address: times === 1 ? '10.0.0.1' : '127.0.0.1', family: 4 }])
    }
    // The first answer is the only one: were the name asked again for the connection, our server would be reached.
    const once = createPreviews({ inspect, resolver: rebinding, patienceMs: 1_000, allowed: ['10.0.0.1'] })
    await once(`http://rebind.example:${port}/end`, { folder })
    expect(times).toBe(1)
    expect(asked.length).toBe(before)
  })

  test('through a redirect, by name or by address', async () => {
    const resolver: Resolver = (hostname, answer) =>
      answer(null, [{ address: hostname === 'inner.example' ? '127.0.0.2' : '127.0.0.1', family: 4 }])
    const outside = createPreviews({ inspect, resolver, allowed: ['127.0.0.1'], patienceMs: 2_000 })
    for (const location of [
      'http://127.0.0.2/',
      'http://169.254.169.254/',
      'http://inner.example/',
      'http://[::1]/',
      `http://a:b@shop.example:${port}/end`,
      'file:///etc/passwd',
    ]) {
      pages.set('/leads', (_, response) => response.writeHead(301, { location }).end())
      expect(await outside(`http://shop.example:${port}/leads`, { folder }), location).toBeNull()
    }
  })
})
