import { ConversationId, inputCheck, ParleyError, Peaks, UploadPurpose } from '@parley/contracts'
import { Type } from 'typebox'
import type { UploadPlace } from '../domain/uploads/may-upload.ts'

/** What a form says of its files, before them. */
const UploadFields = Type.Object(
  {
    purpose: Type.Optional(UploadPurpose),
    conversationId: Type.Optional(ConversationId),
    peaks: Type.Optional(Peaks),
    durationMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 24 * 3_600_000 })),
  },
  { additionalProperties: false },
)

export interface SaidOfFiles extends UploadPlace {
  peaks?: number[]
  durationMs?: number
}

const check = inputCheck(UploadFields)
/** Fields whose texts are JSON. */
const JSON_FIELDS = new Set(['peaks', 'durationMs'])

/** Reads the fields of a form. Throws `invalid_input` at those that are wrong. */
export function readUploadFields(texts: Readonly<Record<string, string>>): SaidOfFiles {
  const fields = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, JSON_FIELDS.has(name) ? fromJson(text) : text]),
  )
  const { purpose = 'message', conversationId = null, ...more } = check(fields)
  return { purpose, conversationId, ...more }
}

/** What is no JSON is no list and no number either: the check says so. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const unexpectedField = (name: string, detail: string) =>
  new ParleyError('invalid_input', detail, { errors: [{ pointer: `/${name}`, code: 'unexpected', detail }] })
