import { jpeg } from '@parley/storage/testing'

/** An operation of the OpenAPI document, as far as a request for it goes. */
export interface Asked {
  hasBody: boolean
  /** Its body is a form with a file. */
  isForm: boolean
}

interface Request {
  headers: Record<string, string>
  body?: NonNullable<RequestInit['body']>
}

const TUS = { 'tus-resumable': '1.0.0' }

/** Of a resumable upload of five bytes, about which this is said. */
export const beginning = (said: Record<string, string>): Record<string, string> => ({
  ...TUS,
  'upload-length': '5',
  'upload-metadata': Object.entries({ filename: 'hello.txt', filetype: 'text/plain', ...said })
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(),
})

/** What is not said as JSON: by operationId, from what is left of the input besides the path. */
const otherwise: Record<string, (rest: Record<string, string>) => Request> = {
  beginResumableUpload: (rest) => ({ headers: beginning(rest) }),
  resumeUpload: () => ({
    headers: { ...TUS, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    // not all of it: it stays unfinished
    body: 'hell',
  }),
  endResumableUpload: () => ({ headers: TUS }),
}

export async function requestOf(
  name: string,
  { hasBody, isForm }: Asked,
  rest: Record<string, unknown>,
): Promise<Request> {
  const texts = rest as Record<string, string>
  if (otherwise[name]) return otherwise[name](texts)
  if (isForm) return { headers: {}, body: await formOf(texts) }
  return hasBody ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(rest) } : { headers: {} }
}

/** The fields, and a file of a kind that goes with them. */
async function formOf(fields: Record<string, string>): Promise<FormData> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  const isPicture = fields.purpose?.endsWith('picture') === true
  if (isPicture) form.append('file', new Blob([new Uint8Array(await jpeg())], { type: 'image/jpeg' }), 'face.jpg')
  else form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'hello.txt')
  return form
}
