import type { Readable } from 'node:stream'
import { MAX_ATTACHMENTS, ParleyError } from '@parley/contracts'
import type { FastifyRequest } from 'fastify'
import type { ReceivedFile } from '../domain/ports.ts'
import type { RequestFolder } from '../incoming/incoming-files.ts'
import { readUploadFields, type SaidOfFiles, unexpectedField } from './upload-fields.ts'

/** Field values in bytes: a hundred levels of sound are the longest. */
const FIELD_BYTES = 4_096
const FIELDS = 8

export const formLimits = {
  fieldNameSize: 100,
  fieldSize: FIELD_BYTES,
  fields: FIELDS,
  files: MAX_ATTACHMENTS,
  parts: FIELDS + MAX_ATTACHMENTS,
  headerPairs: 20,
  // each file is bounded by the rules that hold for it
  fileSize: Number.MAX_SAFE_INTEGER,
}

export interface ReceivedForm {
  said: SaidOfFiles
  /** `tooLarge`: no more of it was read than may be. */
  files: (ReceivedFile & { tooLarge: boolean })[]
}

/**
 * Takes in a form whose fields come before its files, each file to the folder while it flows. `admit` is asked when the first file
 * begins, and says how large one may be. Rejects with `unsupported_media_type` where it is no form, `malformed` where it is a broken one.
 */
export async function receiveForm(
  request: FastifyRequest,
  folder: RequestFolder,
  admit: (said: SaidOfFiles) => Promise<{ maxBytes: number }>,
): Promise<ReceivedForm> {
  if (!request.isMultipart()) throw new ParleyError('unsupported_media_type', 'Files are sent as multipart/form-data')
  try {
    return await receiveParts(request, folder, admit)
  } catch (err) {
    throw asRefusal(err)
  } finally {
    // A caller who has been refused goes on sending before they read the answer.
    request.raw.unpipe()
    request.raw.resume()
  }
}

async function receiveParts(
  request: FastifyRequest,
  folder: RequestFolder,
  admit: (said: SaidOfFiles) => Promise<{ maxBytes: number }>,
): Promise<ReceivedForm> {
  const texts: Record<string, string> = {}
  const files: ReceivedForm['files'] = []
  let said: SaidOfFiles | undefined
  let maxBytes = 0
  let pastBytes = 0
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      if (said) throw new ParleyError('malformed', `The field ${part.fieldname} has to come before the files`)
      if (Object.hasOwn(texts, part.fieldname)) throw unexpectedField(part.fieldname, 'is said twice')
      if (part.valueTruncated || part.fieldnameTruncated) throw unexpectedField(part.fieldname, 'is too long')
      texts[part.fieldname] = typeof part.value === 'string' ? part.value : JSON.stringify(part.value)
      continue
    }
    if (part.fieldname !== 'file') throw unexpectedField(part.fieldname, 'Files are called `file`')
    if (!said) {
      said = readUploadFields(texts)
      maxBytes = (await admit(said)).maxBytes
      pastBytes = refuseLength(request, maxBytes)
    }
    const file: Readable = part.file
    const { path, size, sha256 } = await folder.receive(file, maxBytes, pastBytes)
    const tooLarge = size > maxBytes
    if (size > maxBytes + pastBytes) throw tooLong(maxBytes)
    files.push({ path, size, sha256, tooLarge, name: part.filename, mime: plainType(part.mimetype) })
  }
  said ??= readUploadFields(texts)
  if (files.length === 0)
    throw new ParleyError('invalid_input', 'There is no file in this request', {
      errors: [{ pointer: '/file', code: 'required', detail: 'is required' }],
    })
  return { said, files }
}

/**
 * What can hold no form of that many files is not read to its end. Answers how much of a file that is too large is read past, for those after
 * it: of what may never end no more than a file may have.
 */
function refuseLength({ headers }: FastifyRequest, maxBytes: number): number {
  const length = headers['content-length']
  if (length === undefined) return maxBytes
  if (Number(length) > MAX_ATTACHMENTS * (maxBytes + 1_024 * 1_024)) throw tooLong(maxBytes)
  return Number.MAX_SAFE_INTEGER - maxBytes
}

const tooLong = (maxBytes: number) => new ParleyError('payload_too_large', `A file may have ${maxBytes} bytes at most`)

const plainType = (mime: string): string | undefined => mime.split(';')[0]?.trim().toLowerCase() || undefined

/** The parser's errors are about what the caller sent; what the disk and ourselves say stays what it is. */
function asRefusal(err: unknown): unknown {
  if (err instanceof ParleyError) return err
  const { code = '', message = '' } = (err ?? {}) as { code?: string; message?: string }
  if (code.startsWith('FST_') || /^E[A-Z]+$/.test(code)) return err
  const isOfParser = /multipart|boundary|part|header|unexpected end|premature/i.test(message)
  return isOfParser ? new ParleyError('malformed', 'The form is broken, or was cut off', { cause: err }) : err
}
