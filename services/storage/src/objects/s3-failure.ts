import { ParleyError } from '@parley/contracts'
import { MissingObject } from '../domain/ports.ts'

/** As servers call it when a bucket or its disk is full; there is no name that all of them use. */
const FULL = /quota|storagefull|insufficientstorage|nospace/i

interface Told {
  name: string
  code: string
  status: number | undefined
}

function told(err: unknown): Told {
  const { name, code, $metadata } = err as { name?: unknown; code?: unknown; $metadata?: { httpStatusCode?: number } }
  return { name: String(name ?? ''), code: String(code ?? ''), status: $metadata?.httpStatusCode }
}

/** There is no such object. HEAD has no body that could say which. */
export function isMissing(err: unknown): boolean {
  const { name } = told(err)
  return name === 'NoSuchKey' || name === 'NotFound'
}

/** Whether the same may go well a moment later: no answer, too busy, or a failure of the server's own. */
export function isPassing(err: unknown): boolean {
  const { name, status } = told(err)
  return (
    !isOfFile(err) && !FULL.test(name) && status !== 507 && (status === undefined || status >= 500 || status === 429)
  )
}

/** The file that was to be put or written to is at fault, not the server. */
function isOfFile(err: unknown): boolean {
  const { code } = told(err)
  return (
    err instanceof TypeError || ['ENOENT', 'EISDIR', 'EACCES', 'EEXIST', 'EMFILE', 'ENOSPC', 'EDQUOT'].includes(code)
  )
}

/** What an S3 server, or the way to it, answered, as callers may see it: `storage_full`, `unavailable`, `MissingObject`, or what it was. */
export function s3Failure(err: unknown, key: string): unknown {
  if (err instanceof ParleyError || err instanceof MissingObject || isOfFile(err)) return err
  const { name, status } = told(err)
  if (FULL.test(name) || status === 507)
    return new ParleyError('storage_full', 'There is no room for this file', { cause: err })
  if (isMissing(err)) return new MissingObject(`Nothing is kept under ${key}`)
  return new ParleyError('unavailable', 'The store of files cannot be reached', { cause: err, retryAfterMs: 1_000 })
}
