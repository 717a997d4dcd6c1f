import { create } from 'content-disposition'

/**
 * The header that names a file (RFC 6266): plain ASCII for whoever knows no better, and the name itself in UTF-8 (RFC 8187) where that
 * is not the whole of it.
 */
export function contentDisposition(name: string, disposition: 'inline' | 'attachment'): string {
  const ascii = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, '_')
    // Some agents decode these, and some do not.
    .replace(/[%"\\]/g, '_')
  return create(name, { type: disposition, fallback: ascii === '' ? 'file' : ascii })
}
