import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadResult, PagesJob, Pass } from './jobs.ts'
import { createReasons, latencyOf, startMeter } from './meter.ts'

/** The same pages over and over, on connections that stay open and have one request on its way each. */
export async function runPages(job: PagesJob, pass: Pass): Promise<LoadResult> {
  const { urls, headers, connections, expected } = job
  const reasons = createReasons()
  const latencies: number[] = []
  const sockets: Socket[] = []
  let measuring = false
  let stopped = false
  let lost = 0
  let failed = 0
  let outOfOrder = 0
  let duplicated = 0
  let known = ''

  /** A page that equals one that was found right is right; any other is read. */
  const check = (status: number, body: string) => {
    if (status !== 200) {
      failed++
      reasons.add(`${status} ${body.slice(0, 200)}`)
    } else if (body !== known) {
      const { data } = JSON.parse(body) as { data: { id: string; seq: number }[] }
      if ('most' in expected) {
        if (data.length > expected.most) duplicated += data.length - expected.most
        return
      }
      if ('count' in expected) {
        const different = new Set(data.map(({ id }) => id)).size
        lost += Math.max(0, expected.count - different)
        duplicated += data.length - different
        if (different === expected.count) known = body
        return
      }
      const seqs = data.map(({ seq }) => seq)
      const present = new Set(seqs)
      for (let seq = expected.first; seq <= expected.last; seq++) if (!present.has(seq)) lost++
      duplicated += seqs.length - present.size
      const sorted = seqs.every((seq, i) => i === 0 || seq > seqs[i - 1]!)
      if (!sorted) outOfOrder++
      if (sorted && present.size === expected.last - expected.first + 1) known = body
    }
  }

  const visitor = async (index: number) => {
    const url = new URL(urls[index % urls.length]!)
    const requests = urls
      .map((each) => new URL(each))
      .filter(({ host }) => host === url.host)
      .map(({ pathname, search }) =>
        [
          `GET ${pathname}${search} HTTP/1.1`,
          `Host: ${url.host}`,
          ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
          '\r\n',
        ].join('\r\n'),
      )
    let turn = index
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    sockets.push(socket)
    const responses = readResponses(socket)
    while (!stopped) {
      const started = performance.now()
      socket.write(requests[turn++ % requests.length]!)
      const { status, body } = await responses.next()
      if (measuring) latencies.push(performance.now() - started)
      check(status, body)
    }
  }
  const visits = Array.from({ length: connections }, (_, i) =>
    visitor(i).catch((error) => {
      if (stopped) return
      failed++
      reasons.add(String(error))
    }),
  )
  await sleep(job.warmUpMs)
  const meter = await startMeter(pass)
  measuring = true
  await sleep(job.measureMs)
  measuring = false
  const count = latencies.length
  const { seconds, cpuMs } = await meter.end()
  stopped = true
  await Promise.all(visits)
  for (const socket of sockets) socket.destroy()
  return {
    count,
    seconds,
    deliveries: 0,
    latency: latencyOf(latencies),
    faults: { lost, toSync: 0, duplicated, outOfOrder, failed },
    acknowledged: 0,
    cpuMs,
    reasons: reasons.list,
  }
}

interface Response {
  status: number
  body: string
}

/** Reads responses that say their length, which those of both servers do: far cheaper than a whole HTTP client. */
function readResponses(socket: Socket): { next(): Promise<Response> } {
  let bytes: Buffer = Buffer.alloc(0)
  let wanted: { resolve: (response: Response) => void; reject: (reason: Error) => void } | undefined
  const look = () => {
    const head = bytes.indexOf('\r\n\r\n')
    if (head < 0 || !wanted) return
    const header = bytes.toString('latin1', 0, head)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(header)?.[1])
    if (Number.isNaN(length)) return wanted.reject(new Error(`No length: ${header}`))
    const end = head + 4 + length
    if (bytes.length < end) return
    const body = bytes.toString('utf8', head + 4, end)
    bytes = bytes.subarray(end)
    const { resolve } = wanted
    wanted = undefined
    resolve({ status: Number(header.slice(9, 12)), body })
  }
  socket.on('data', (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    look()
  })
  socket.on('error', (error) => wanted?.reject(error))
  socket.on('close', () => wanted?.reject(new Error('connection closed')))
  return {
    next: () =>
      new Promise((resolve, reject) => {
        wanted = { resolve, reject }
        look()
      }),
  }
}
