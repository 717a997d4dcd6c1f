import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { deflateSync } from 'node:zlib'

/** Where files are uploaded, and how an answer says where the file is then. */
export interface FilesPlace {
  uploadUrl: string
  headers: Record<string, string>
  fields: Record<string, string>
  urlIn(answer: string): string
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Bytes that begin and end as a PDF does and are of nobody else: stores may keep the same bytes once. Those given are not copied. */
export function otherThanAll(bytes: Buffer): Buffer[] {
  return [Buffer.from('%PDF-1.7\n'), randomBytes(16), bytes, Buffer.from('\n%%EOF\n')]
}

/** Uploads these pieces as one file of a form, without copying them. Resolves with the address of the file. */
export function uploadFile(place: FilesPlace, name: string, mime: string, content: readonly Buffer[]): Promise<string> {
  const boundary = `----${randomBytes(16).toString('hex')}`
  const parts = Object.entries(place.fields).map(
    ([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  )
  const disposition = `content-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: ${mime}`
  const head = Buffer.from(`${parts.join('')}--${boundary}\r\n${disposition}\r\n\r\n`)
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return new Promise((resolve, reject) => {
    const sent = request(
      place.uploadUrl,
      {
        ...{ method: 'POST', agent },
        headers: {
          ...place.headers,
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': [head, ...content, tail].reduce((sum, { length }) => sum + length, 0),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.once('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(new URL(place.urlIn(text), place.uploadUrl).href)
          else reject(new Error(`an upload was answered ${response.statusCode} ${text.slice(0, 200)}`))
        })
      },
    )
    sent.once('error', reject)
    for (const piece of [head, ...content]) sent.write(piece)
    sent.end(tail)
  })
}

/** Reads a file to its end and resolves with how many bytes it had. */
export function downloadFile(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.once('error', reject)
      response.once('end', () => {
        if (response.statusCode === 200) resolve(bytes)
        else reject(new Error(`a download was answered ${response.statusCode}`))
      })
    })
      .once('error', reject)
      .end()
  })
}

/** A photograph's share of work for whoever decodes it: a PNG of noise upon gradients. */
export function pngOf(width: number, height: number): Buffer {
  const lines = Buffer.alloc(height * (1 + width * 3))
  const noise = randomBytes(width * 3)
  for (let y = 0, at = 0; y < height; y++) {
    lines[at++] = 0
    for (let x = 0; x < width * 3; x++) lines[at++] = (y + x + (noise[(x + y * 7) % noise.length]! & 15)) & 255
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pieces = [
    chunkOf('IHDR', header),
    chunkOf('IDAT', deflateSync(lines, { level: 1 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...pieces])
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/** As PNG has it (ISO 3309); zlib's own is of Node 22. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
