import type { TestStack } from '../stack/test-stack.ts'

/** Asks the storage service as somebody. */
export type Ask = (method: string, path: string, init?: RequestInit) => Promise<Response>

/** The answer as it comes: whoever is sent elsewhere goes there themself. */
export const askAs =
  (stack: TestStack, userId: string, claims: Parameters<TestStack['token']>[1] = {}): Ask =>
  (method, path, init = {}) =>
    fetch(new URL(path, stack.storageUrls[0]), {
      ...{ method, redirect: 'manual', ...init },
      headers: { ...init.headers, authorization: `Bearer ${stack.token(userId, claims)}` },
    })

const OFFSET_STREAM = 'application/offset+octet-stream'

/** Each way to begin an upload of a text, by its operation in the OpenAPI document. */
export const waysToUpload = {
  uploadAttachments(ask: Ask, conversationId: string): Promise<Response> {
    const form = new FormData()
    form.append('conversationId', conversationId)
    form.append('file', new Blob(['a text'], { type: 'text/plain' }), 'a.txt')
    return ask('POST', '/v1/attachments', { body: form })
  },
  beginResumableUpload: (ask: Ask, conversationId: string): Promise<Response> =>
    beginResumable(ask, 6, { filename: 'a.txt', filetype: 'text/plain', conversationId }),
  beginDirectUpload: (ask: Ask, conversationId: string): Promise<Response> =>
    postJson(ask, '/v1/attachments/direct', { conversationId, name: 'a.txt', mime: 'text/plain', size: 6 }),
}

/** Begins an upload of the tus protocol. `headers` go before those of the protocol; an empty one is left out. */
export function beginResumable(
  ask: Ask,
  size: number,
  metadata: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const said = Object.entries(metadata).map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
  const all = {
    ...{ 'tus-resumable': '1.0.0', 'upload-length': String(size), 'upload-metadata': said.join() },
    ...headers,
  }
  return ask('POST', '/v1/attachments/resumable', {
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
  })
}

/** Sends bytes of one from an offset on. */
export function resume(
  ask: Ask,
  at: string,
  offset: number,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const said = { 'tus-resumable': '1.0.0', 'content-type': OFFSET_STREAM, 'upload-offset': String(offset) }
  return ask('PATCH', at, { headers: { ...said, ...headers }, body: bytes })
}

export const postJson = (ask: Ask, path: string, body: unknown): Promise<Response> =>
  ask('POST', path, {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
