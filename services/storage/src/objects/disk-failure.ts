import { ParleyError } from '@parley/contracts'

/** What a disk says when nothing more can be written to it. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
/** What it says when it is gone, read-only, damaged, or asked for too much at once. */
const OUT_OF_REACH = new Set([
  'EIO',
  'EROFS',
  'ESTALE',
  'ENOTCONN',
  'ENXIO',
  'ETIMEDOUT',
  'EMFILE',
  'ENFILE',
  'EACCES',
  'EPERM',
])

const codeOf = (err: unknown): string =>
  err instanceof Error && 'code' in err && typeof err.code === 'string' ? err.code : ''

export const isFull = (err: unknown): boolean => FULL.has(codeOf(err))
export const isNotThere = (err: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(err))
/** No link to that file can be made from there: other disk, other owner, too many of them, or a file system without links. */
export const isNotLinkable = (err: unknown): boolean =>
  ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(err))

/** A failure of writing or reading a file as callers may see it: `storage_full`, `unavailable`, or what it was. */
export function diskFailure(err: unknown): unknown {
  if (isFull(err)) return new ParleyError('storage_full', 'There is no room for this file', { cause: err })
  if (OUT_OF_REACH.has(codeOf(err)))
    return new ParleyError('unavailable', 'The disk with the files cannot be reached', { cause: err })
  return err
}
