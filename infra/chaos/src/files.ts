import type { Attachment } from '@parley/contracts'
import type { Violation } from './model.ts'
import type { Answer } from './rest.ts'

/** What somebody attached, and what of it was acknowledged. */
export interface Uploaded {
  id: string
  conversationId: string
  userId: string
  bytes: Buffer
}

const UPLOAD_WITHIN_MS = 8_000

/** Uploads a file with a key, under which a repeat is the same file. Never throws. */
export async function uploadFile(
  url: string,
  token: string,
  { key, conversationId, bytes }: { key: string; conversationId: string; bytes: Buffer },
): Promise<Answer<Attachment>> {
  const form = new FormData()
  form.append('conversationId', conversationId)
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'text/plain' }), `${key}.txt`)
  try {
    const response = await fetch(`${url}/v1/attachments`, {
      method: 'POST',
      signal: AbortSignal.timeout(UPLOAD_WITHIN_MS),
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
      body: form,
    })
    const body = (await response.json()) as { data?: { attachment: Attachment }[]; code?: string }
    if (response.ok && body.data?.[0]) return { ok: true, data: body.data[0].attachment }
    return { ok: false, code: body.code ?? `http_${response.status}` }
  } catch (error) {
    return { ok: false, code: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'network' }
  }
}

/** What was acknowledged and cannot be had as it was. */
export async function checkUploads(
  url: string,
  tokens: ReadonlyMap<string, string>,
  uploads: readonly Uploaded[],
): Promise<Violation[]> {
  const found: Violation[] = []
  for (const { id, conversationId, userId, bytes } of uploads) {
    const headers = { authorization: `Bearer ${tokens.get(userId)}` }
    const response = await fetch(`${url}/v1/attachments/${id}/content`, { headers })
    const content = Buffer.from(await response.arrayBuffer())
    if (response.ok && content.equals(bytes)) continue
    const how = response.ok ? `is ${content.length} other bytes instead of ${bytes.length}` : `is ${response.status}`
    found.push({ kind: 'LOST', conversationId, detail: `the attachment ${id} of ${userId} ${how}`, at: Date.now() })
  }
  return found
}
