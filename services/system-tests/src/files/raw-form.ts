import { connect } from 'node:net'

/** A multipart form as it is written on the wire, with the boundary `b`. */
export const FORM = 'multipart/form-data; boundary=b'
export const END = '--b--\r\n'
export const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
export const file = (name: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`

/** Posts these bytes to `/v1/attachments` and returns the answer as it came. Of a longer `length` the rest never comes. */
export function postRaw(
  url: string,
  {
    token,
    type,
    body,
    length = Buffer.byteLength(body),
  }: { token: string; type: string; body: string; length?: number },
): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.write(
      `POST /v1/attachments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`,
    )
    if (length > Buffer.byteLength(body)) setTimeout(() => socket.destroy(), 300)
  })
}
