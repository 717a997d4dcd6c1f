import type { Page } from 'playwright-core'

/** A file for a browser's dialog. */
export interface MadeFile {
  name: string
  mimeType: string
  buffer: Buffer
}

/** A picture that a window draws: two colours, and a circle. */
export async function picture(page: Page, name: string, width = 800, height = 600): Promise<MadeFile> {
  const base64 = await page.evaluate(`new Promise((resolve) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: ${width}, height: ${height} })
    const context = canvas.getContext('2d')
    const ground = context.createLinearGradient(0, 0, ${width}, ${height})
    ground.addColorStop(0, '#d06a5a')
    ground.addColorStop(1, '#3a6ea5')
    context.fillStyle = ground
    context.fillRect(0, 0, ${width}, ${height})
    context.fillStyle = '#fff8'
    context.arc(${width} * 0.7, ${height} * 0.4, ${height} * 0.2, 0, 7)
    context.fill()
    resolve(canvas.toDataURL('image/png').split(',')[1])
  })`)
  return { name, mimeType: 'image/png', buffer: Buffer.from(String(base64), 'base64') }
}

/** A second of a video that a window films: of a square that goes across. */
export async function video(page: Page, name: string): Promise<MadeFile> {
  const base64 = await page.evaluate(`new Promise((resolve) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
    const context = canvas.getContext('2d')
    let x = 0
    const timer = setInterval(() => {
      context.fillStyle = '#124'
      context.fillRect(0, 0, 320, 180)
      context.fillStyle = '#fc4'
      context.fillRect((x += 8), 60, 60, 60)
    }, 33)
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm;codecs=vp8' })
    const parts = []
    recorder.ondataavailable = ({ data }) => parts.push(data)
    recorder.onstop = async () => {
      clearInterval(timer)
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
      resolve(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')))
    }
    recorder.start()
    setTimeout(() => recorder.stop(), 1000)
  })`)
  return { name, mimeType: 'video/webm', buffer: Buffer.from(String(base64), 'base64') }
}

/** A document of one empty page, with so many bytes of a comment. */
export function pdf(name: string, filling = 200): MadeFile {
  const text = `%PDF-1.4
% ${'x'.repeat(filling)}
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>> endobj
trailer <</Root 1 0 R>>
%%EOF
`
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(text) }
}
