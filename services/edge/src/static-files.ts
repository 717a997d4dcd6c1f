import { createReadStream, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/**
 * Answers GET and HEAD with a file of the folder, `/` with index.html. Resolves to false, having done nothing, when the
 * folder has no such file: the request is then somebody else's.
 */
export async function serveStatic(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  const file = fileFor(folder, request.url ?? '/')
  if (file === undefined) return false
  const found: Stats | undefined = await stat(file).catch(() => undefined)
  if (!found?.isFile()) return false
  response.setHeader('content-type', TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream')
  response.setHeader('content-length', found.size)
  // The build puts a hash into the names under assets/, so a name never changes its content.
  const isHashed = file.startsWith(resolve(folder, 'assets') + sep)
  response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.method === 'HEAD') response.end()
  // A client that goes away half way is its own affair.
  else await pipeline(createReadStream(file), response).catch(() => {})
  return true
}

/** The file that a URL means; undefined when it lies outside the folder, however the path is written. */
export function fileFor(folder: string, url: string): string | undefined {
  const root = resolve(folder)
  let path: string
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '/')
  } catch {
    return undefined
  }
  if (path.includes('\0')) return undefined
  const file = resolve(root, `.${path === '/' ? '/index.html' : path}`)
  return file.startsWith(root + sep) ? file : undefined
}
