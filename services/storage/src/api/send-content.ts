import type { ServerResponse } from 'node:http'
import { ParleyError } from '@parley/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import type { Content } from '../domain/downloads/open-content.ts'
import { type ByteRange, MissingObject, type ObjectStore } from '../domain/ports.ts'
import { notFound } from '../domain/refusals.ts'

/** How a file is shown: see the content of this service. */
export interface Presentation {
  contentDisposition(name: string, disposition: 'inline' | 'attachment'): string
  showsInline(mime: string): boolean
}

export interface ContentDeps {
  objects: ObjectStore
  presentation: Presentation
  /** Whether browsers get the bytes from the store themselves, where it has addresses for that. */
  redirects: boolean
  downloaded: (bytes: number) => void
}

export interface Handing {
  disposition: 'inline' | 'attachment'
  cacheControl: string
  /** So long, in seconds, an address of the store may open: as long as a link at most. */
  opensForSeconds: number
}

/** Nothing in it runs, whatever it is taken for. */
const CONTENT_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

/**
 * Answers with the bytes, or with the one range of them that was asked for (RFC 9110, 14); 304 to whoever has them. What is not known to
 * be harmless where it is shown goes out as a download of bytes.
 */
export async function sendContent(
  { objects, presentation, redirects, downloaded }: ContentDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  content: Content,
  { disposition, cacheControl, opensForSeconds }: Handing,
): Promise<FastifyReply> {
  const { objectKey, name, mime, size, sha256 } = content
  const etag = `"${sha256}"`
  const isShown = presentation.showsInline(mime)
  const shownAs = {
    mime: isShown ? mime : 'application/octet-stream',
    contentDisposition: presentation.contentDisposition(name, isShown ? disposition : 'attachment'),
  }
  reply.headers({
    etag,
    'cache-control': cacheControl,
    'accept-ranges': 'bytes',
    'content-type': shownAs.mime,
    'content-disposition': shownAs.contentDisposition,
    'content-security-policy': CONTENT_POLICY,
    'x-content-type-options': 'nosniff',
    // links are opened by pages of other origins
    'cross-origin-resource-policy': 'cross-origin',
  })
  const { headers, method } = request
  if (isNamedIn(headers['if-none-match'], etag)) {
    reply.removeHeader('content-type').removeHeader('content-disposition')
    return reply.code(304).send()
  }
  if (redirects && objects.presignedUrl && method === 'GET') {
    const url = await objects.presignedUrl(objectKey, { ...shownAs, expiresInSeconds: opensForSeconds })
    for (const header of ['etag', 'content-type', 'content-disposition', 'accept-ranges']) reply.removeHeader(header)
    reply.raw.once('finish', () => downloaded(size))
    return reply.code(302).headers({ location: url, 'cache-control': 'no-store' }).send()
  }
  const range = rangeOf(headers.range, headers['if-range'], etag, size)
  if (range === 'unsatisfiable') {
    for (const header of ['etag', 'cache-control', 'content-type', 'content-disposition']) reply.removeHeader(header)
    reply.header('content-range', `bytes */${size}`)
    throw new ParleyError('range_not_satisfiable', `There are ${size} bytes`)
  }
  const length = range ? range.end - range.start + 1 : size
  reply.header('content-length', length)
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
  if (method === 'HEAD') return reply.send()
  const bytes = await objects.open(objectKey, range).catch((err) => {
    for (const header of ['content-length', 'content-range', 'etag', 'cache-control', 'content-disposition'])
      reply.removeHeader(header)
    throw err instanceof MissingObject ? notFound() : err
  })
  countSent(reply.raw, downloaded, length)
  return reply.send(bytes)
}

function countSent(response: ServerResponse, downloaded: (bytes: number) => void, length: number): void {
  response.once('finish', () => downloaded(length))
}

const isNamedIn = (header: string | undefined, etag: string) =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))

/** The one range that is asked for; of several, of one in other units, and of one of other bytes than these, nothing is known. */
function rangeOf(
  header: string | undefined,
  ifRange: string | string[] | undefined,
  etag: string,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  // a date says nothing of bytes that never change under their name
  if (header === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined
  const ranges = parseRange(size, header)
  if (ranges === -1) return 'unsatisfiable'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined
  const { start, end } = ranges[0]!
  return { start, end }
}
