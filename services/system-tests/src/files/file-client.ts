import type { Attachment } from '@parley/contracts'
import type { TestStack } from '../stack/test-stack.ts'

export interface Uploaded {
  status: number
  body: {
    code?: string
    data?: { attachment: Attachment | null; error: { code: string } | null; url?: string }[]
  }
}

export interface FileClient {
  upload(
    fields: Record<string, string>,
    files: { name: string; type: string; bytes: string | Uint8Array }[],
    key?: string,
  ): Promise<Uploaded>
  /** Uploads a text into a conversation. */
  text(conversationId: string, content: string): Promise<Attachment>
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>
  link(attachmentId: string): Promise<{ status: number; body: { url: string; expiresAt: string } }>
}

/** The storage service as a user; its processes take turns. */
export function files(stack: TestStack, userId: string, token = stack.token(userId)): FileClient {
  let turn = 0
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${stack.storageUrls[turn++ % stack.storageUrls.length]}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    })
  const client: FileClient = {
    async upload(fields, given, key) {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      for (const { name, type, bytes } of given)
        form.append('file', new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], { type }), name)
      const response = await ask('/v1/attachments', {
        method: 'POST',
        body: form,
        headers: key === undefined ? {} : { 'idempotency-key': key },
      })
      return { status: response.status, body: (await response.json()) as Uploaded['body'] }
    },
    async text(conversationId, content) {
      const { status, body } = await client.upload({ conversationId }, [
        { name: 'note.txt', type: 'text/plain', bytes: content },
      ])
      const attachment = body.data?.[0]?.attachment
      if (!attachment) throw new Error(`Not uploaded: ${status} ${JSON.stringify(body)}`)
      return attachment
    },
    get: (path, headers = {}, method = 'GET') => ask(`/v1${path}`, { method, headers }),
    async link(attachmentId) {
      const response = await ask(`/v1/attachments/${attachmentId}/link`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      })
      return { status: response.status, body: (await response.json()) as { url: string; expiresAt: string } }
    },
  }
  return client
}
