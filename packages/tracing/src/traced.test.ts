import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startTracing } from './start-tracing.ts'
import { beginSpan, currentTrace, traced, traceIdOf, untraced } from './traced.ts'

interface Sent {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  status?: { code?: number; message?: string }
}

/** What an OTLP receiver is sent while this is done. */
async function sentBy(share: number, work: () => Promise<void>): Promise<Sent[]> {
  const sent: Sent[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] }
    for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) sent.push(...spans)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await using _tracing = await startTracing(
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share },
      'test',
    )
    await work()
  } finally {
    server.closeAllConnections()
    server.close()
  }
  return sent
}

const inner = () => traced('inner', { kind: 'client' }, async () => currentTrace())

test('work within work is a part of it, and what fails says its code alone', async () => {
  const sent = await sentBy(1, async () => {
    await traced('outer', { kind: 'server', begins: true }, inner)
    const failing = traced('failing', { kind: 'server', begins: true }, async () => {
      throw Object.assign(new Error('words of somebody'), { code: 'forbidden' })
    })
    await expect(failing).rejects.toThrow('words of somebody')
  })
  const named = (name: string) => sent.find((span) => span.name === name)
  expect(named('inner')).toMatchObject({ traceId: named('outer')?.traceId, parentSpanId: named('outer')?.spanId })
  expect(named('failing')?.status).toMatchObject({ code: 2, message: 'forbidden' })
  expect(JSON.stringify(sent)).not.toContain('words')
})

test('what goes on by itself is in no trace, however often it comes again', async () => {
  const seen: (string | undefined)[] = []
  await sentBy(1, () =>
    traced('outer', { kind: 'server', begins: true }, async () => {
      const later = () => new Promise((resolve) => setTimeout(() => resolve(seen.push(currentTrace())), 1))
      await untraced(() => later().then(later))
      expect(currentTrace()).toBeDefined()
      await later()
    }),
  )
  expect(seen).toEqual([undefined, undefined, expect.any(String)])
})

test('only what begins a trace or belongs to one has a span, and what came unsampled has none', async () => {
  const traceparent = (flags: string) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`
  const sent = await sentBy(0, async () => {
    expect(await inner()).toBeUndefined()
    expect(await traced('outer', { kind: 'server', begins: true }, inner)).toBeUndefined()
    expect(beginSpan('not sampled', { kind: 'server', parent: traceparent('00') })).toBeUndefined()
    const followed = await traced('followed', { kind: 'server', parent: traceparent('01') }, inner)
    expect(traceIdOf(followed!)).toBe('0af7651916cd43dd8448eb211c80319c')
  })
  expect(sent.map(({ name }) => name).sort()).toEqual(['followed', 'inner'])
})

test('without a receiver nothing is traced', async () => {
  await using _tracing = await startTracing({ OTEL_TRACES_SAMPLER_ARG: 1 }, 'test')
  expect(await traced('outer', { kind: 'server', begins: true }, inner)).toBeUndefined()
})
