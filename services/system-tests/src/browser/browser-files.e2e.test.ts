import { readFile } from 'node:fs/promises'
import { startS3 } from '@parley/testkit'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { violations } from './axe.ts'
import { type MadeFile, pdf, picture, video } from './made-files.ts'
import { ask, launchBrowser, listed, message, openWindow, say, tokenOf } from './windows.ts'

/** A microphone that beeps, and nobody who has to be asked. */
const MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

/** As much of a large file as goes in one request. */
const CHUNK = 8 * 1024 ** 2

let browser: Browser
let standalone: StandaloneProcess
let folder: string
let ana: Page
let ben: Page

beforeAll(async () => {
  browser = await launchBrowser(MICROPHONE)
}, 300_000)
afterAll(() => browser?.close())

/** Ana's and Ben's windows on their conversation, in a system that keeps files there. */
function openThem(env: () => Promise<Record<string, string>>): void {
  beforeAll(async () => {
    folder = await dataFolder()
    standalone = await startStandalone(folder, await env())
    const token = await tokenOf(standalone.url, 'backend', 'service')
    const body = { attachments: { maxBytesByType: { 'application/pdf': 50_000 } } }
    await ask(standalone.url, { method: 'PUT', path: '/v1/admin/policy', body, token })
    const window = (userId: string) => openWindow(browser, standalone.url, userId)
    ;[ana, ben] = await Promise.all([window('ana'), window('ben')])
    await Promise.all([listed(ana, 'Ben Okafor').click(), listed(ben, 'Ana Ferreira').click()])
    await Promise.all([ana, ben].map((page) => page.getByTestId('composer').waitFor()))
  }, 300_000)
  afterAll(async () => {
    await Promise.all([ana, ben].map((page) => page?.context().close()))
    await standalone?.[Symbol.asyncDispose]()
    await removeFolder(folder)
  })
}

const choose = (page: Page, ...files: MadeFile[]) => page.getByTestId('file-input').setInputFiles(files)
const inTray = (page: Page, state: string) => page.locator(`[data-testid=upload][data-state=${state}]`)
/** The last message that has such a thing in it. */
const last = (page: Page, testId: string): Locator =>
  page
    .getByTestId('message')
    .and(page.locator('[data-seq]'))
    .filter({ has: page.getByTestId(testId) })
    .last()
const isDrawn = (found: Locator) =>
  expect
    .poll(() => found.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth ?? 0))
    .toBeGreaterThan(0)

/** What a browser plays. */
interface Film {
  readyState: number
  currentTime: number
  play(): Promise<void>
}
/** Where it is; -1 until it can be played. */
function timeOf(element: unknown): number {
  const { readyState, currentTime } = element as Film
  return readyState > 0 ? currentTime : -1
}

/** What the API answers to somebody who is not in the conversation, to each way to a file. */
async function refusals(attachmentId: string): Promise<number[]> {
  const token = await tokenOf(standalone.url, 'mia')
  const ways = [
    ['GET', ''],
    ['GET', '/content'],
    ['GET', '/variants/thumbnail'],
    ['POST', '/link'],
  ] as const
  return Promise.all(
    ways.map(async ([method, way]) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const body = method === 'POST' ? { body: '{}' } : {}
      const path = `/v1/attachments/${attachmentId}${way}`
      return (await fetch(standalone.url + path, { method, headers, ...body })).status
    }),
  )
}

/** Ids of what is attached to the last messages of the two, the latest first. */
async function attachedIds(): Promise<string[]> {
  const token = await tokenOf(standalone.url, 'ana')
  const id = await ana.evaluate(
    'location.hash.match(/[0-9a-f-]{36}/)?.[0] ?? location.pathname.match(/[0-9a-f-]{36}/)?.[0]',
  )
  const answer = await fetch(`${standalone.url}/v1/conversations/${id}/messages`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { data } = (await answer.json()) as { data: { attachments: { id: string }[] }[] }
  return data.reverse().flatMap(({ attachments }) => attachments.map((attachment) => attachment.id))
}

/** What people send each other, wherever it is kept. */
function sendAndOpen({ inspect }: { inspect: (page: Page, screen: string) => Promise<string[]> }): void {
  test('photos and a PDF are sent with words, seen, opened and downloaded by the other side, and kept from others', async () => {
    const document = pdf('Vertrag für Zimmer 4.pdf')
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    await ben.route('**/v1/attachments/*/link', async (route) => {
      await released
      await route.continue()
    })
    await choose(ana, await picture(ana, 'sea.png'), document, await picture(ana, 'garden.png', 300, 500))
    await expect.poll(() => inTray(ana, 'uploaded').count()).toBe(3)
    await say(ana, 'The view, and the contract')
    await message(ana, 'The view, and the contract').and(ana.locator('[data-seq]')).waitFor()
    expect(await ana.getByTestId('upload-tray').count()).toBe(0)

    const photos = message(ben, 'The view, and the contract')
    await photos.waitFor()
    expect(await photos.getByTestId('picture').count()).toBe(2)
    // nothing moves when they have come
    const before = await photos.boundingBox()
    release()
    await isDrawn(photos.locator('img').first())
    expect((await photos.boundingBox())?.height).toBe(before?.height)
    await photos.getByTestId('picture').first().click()
    const gallery = ben.getByTestId('gallery')
    await isDrawn(gallery.getByTestId('gallery-picture'))
    await gallery.filter({ hasText: 'sea.png' }).waitFor()
    await ben.keyboard.press('ArrowRight')
    await gallery.filter({ hasText: 'garden.png' }).waitFor()
    await ben.keyboard.press('ArrowLeft')
    await ben.getByTestId('gallery-zoom').click()
    await expect
      .poll(() =>
        ben.getByTestId('gallery-picture').evaluate((image) => Math.round(image.getBoundingClientRect().width)),
      )
      .toBe(800)
    expect(await inspect(ben, 'gallery')).toEqual([])
    const [photo] = await Promise.all([ben.waitForEvent('download'), ben.getByTestId('gallery-download').click()])
    expect(photo.suggestedFilename()).toMatch(/^sea\./)
    await ben.keyboard.press('Escape')
    await gallery.waitFor({ state: 'detached' })
    expect(
      await photos
        .getByTestId('picture')
        .first()
        .evaluate((found) => found.matches(':focus')),
    ).toBe(true)

    const [download] = await Promise.all([
      ben.waitForEvent('download'),
      last(ben, 'file-card').getByTestId('file-card').click(),
    ])
    expect(download.suggestedFilename()).toBe(document.name)
    expect(await readFile(await download.path())).toEqual(document.buffer)

    const ids = await attachedIds()
    expect(ids).toHaveLength(3)
    for (const id of ids) expect(await refusals(id)).toEqual([404, 404, 404, 404])
  })

  test('a video is sent, and the other side plays it from where they like', async () => {
    await choose(ana, await video(ana, 'tour.webm'))
    await inTray(ana, 'uploaded').waitFor()
    await ana.getByTestId('send').click()
    const shown = last(ben, 'video').getByTestId('video')
    await expect.poll(() => shown.evaluate(timeOf)).toBe(0)
    await shown.evaluate((element) => {
      const film = Object.assign(element as unknown as Film, { muted: true, currentTime: 0.5 })
      return film.play()
    })
    await expect.poll(() => shown.evaluate(timeOf)).toBeGreaterThan(0.5)
    const [id] = await attachedIds()
    expect(await refusals(id ?? '')).toEqual([404, 404, 404, 404])
  })

  test('a voice message is recorded, listened to, sent, and played by the other side, who moves in it by keyboard', async () => {
    await ana.getByTestId('record').click()
    await ana.getByTestId('recorder-time').filter({ hasText: '0:02' }).waitFor()
    expect(await inspect(ana, 'recorder')).toEqual([])
    await ana.getByTestId('recorder-stop').click()
    await inTray(ana, 'uploaded').waitFor()
    await ana.getByTestId('upload').getByTestId('voice-play').click()
    await ana.locator('[data-testid=upload] [data-testid=voice][data-playing=true]').waitFor()
    await ana.getByTestId('send').click()
    await listed(ana, 'Ben Okafor').filter({ hasText: 'Voice message' }).waitFor()

    const voice = last(ben, 'voice').getByTestId('voice')
    await voice.waitFor()
    expect(await voice.locator('rect').count()).toBeGreaterThan(20)
    await voice.getByTestId('voice-speed').click()
    await voice.getByTestId('voice-speed').filter({ hasText: '1.5×' }).waitFor()
    await voice.getByTestId('voice-play').click()
    await ben.locator('[data-testid=voice][data-playing=true]').waitFor()
    await voice.getByTestId('voice-play').click()
    await voice.getByTestId('voice-seek').focus()
    await ben.keyboard.press('End')
    await expect.poll(() => voice.locator('rect[data-played]').count()).toBeGreaterThan(20)
    const [id] = await attachedIds()
    expect(await refusals(id ?? '')).toEqual([404, 404, 404, 404])
  })
}

describe('kept by S3', () => {
  let server: Awaited<ReturnType<typeof startS3>> | undefined
  openThem(async () => {
    server = await startS3()
    const { endpoint, bucket, accessKey, secretKey } = server.at
    return { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey }
  })
  afterAll(() => server?.[Symbol.asyncDispose]())
  // axe looks at the same screens in the other
  sendAndOpen({ inspect: async () => [] })
})

describe('kept in a folder', () => {
  openThem(async () => ({}))
  sendAndOpen({ inspect: violations })

  test('what the rules refuse says why, and none of it is uploaded; what they take beside it is sent', async () => {
    const asked: string[] = []
    ana.on('request', (request) => request.method() === 'POST' && asked.push(new URL(request.url()).pathname))
    const drawing = { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') }
    await choose(ana, drawing, pdf('long.pdf', 60_000))
    const refused = inTray(ana, 'refused')
    await refused.filter({ hasText: 'SVG files are not taken here' }).waitFor()
    await refused.filter({ hasText: 'at most 49 kB are taken' }).waitFor()
    expect(asked).toEqual([])
    expect(await violations(ana, 'refused files')).toEqual([])
    await choose(ana, pdf('short.pdf'))
    await inTray(ana, 'uploaded').waitFor()
    await ana.getByTestId('send').click()
    await last(ben, 'file-card').filter({ hasText: 'short.pdf' }).waitFor()
    expect(await ana.getByTestId('upload').count()).toBe(0)
  })

  test('an upload that failed is tried again when somebody says so, and one that is not wanted any more is taken away', async () => {
    await ana.route('**/v1/attachments', (route) => route.abort('connectionfailed'))
    await choose(ana, pdf('first.pdf'), pdf('second.pdf'))
    await inTray(ana, 'failed').filter({ hasText: 'There is no connection' }).first().waitFor()
    expect(await ana.getByTestId('send').isDisabled()).toBe(true)
    await ana.unroute('**/v1/attachments')
    const second = ana.getByTestId('upload').filter({ hasText: 'second.pdf' })
    await second.getByTestId('remove-upload').click()
    await ana.getByTestId('retry-upload').click()
    await inTray(ana, 'uploaded').filter({ hasText: 'first.pdf' }).waitFor()
    await ana.getByTestId('send').click()
    await last(ben, 'file-card').filter({ hasText: 'first.pdf' }).waitFor()
    expect(await ben.getByTestId('file-card').filter({ hasText: 'second.pdf' }).count()).toBe(0)
  })

  test('a large file that the network interrupts goes on where it was', async () => {
    const offsets: number[] = []
    await ana.route('**/v1/attachments/resumable/*', (route) => {
      const offset = route.request().headers()['upload-offset']
      const isSecond = offset !== undefined && offsets.push(Number(offset)) === 2
      return isSecond ? route.abort('connectionfailed') : route.continue()
    })
    await choose(ana, {
      name: 'log.txt',
      mimeType: 'text/plain',
      buffer: Buffer.alloc(21 * 1024 ** 2, 'all is well\n'),
    })
    await inTray(ana, 'failed').waitFor()
    await ana.getByTestId('retry-upload').click()
    await inTray(ana, 'uploaded').waitFor()
    expect(offsets).toEqual([0, CHUNK, CHUNK, 2 * CHUNK])
    await ana.unroute('**/v1/attachments/resumable/*')
    await ana.getByTestId('send').click()
    await last(ben, 'file-card').filter({ hasText: 'log.txt' }).filter({ hasText: '21 MB' }).waitFor()
  })

  test('a message is sent before its files are uploaded: it waits for them, and another goes past it', async () => {
    const held: (() => void)[] = []
    await ana.route('**/v1/attachments', async (route) => {
      await new Promise<void>((resolve) => held.push(resolve))
      await route.continue()
    })
    await choose(ana, await picture(ana, 'slow.png'))
    await say(ana, 'This one takes a while')
    await message(ana, 'This one takes a while').and(ana.locator('[data-state=sending]')).waitFor()
    await say(ana, 'And this does not')
    await message(ben, 'And this does not').waitFor()
    expect(await message(ben, 'This one takes a while').count()).toBe(0)
    await expect.poll(() => held.length).toBe(1)
    for (const release of held) release()
    await message(ben, 'This one takes a while').waitFor()
    await ana.unroute('**/v1/attachments')
  })

  test('files are dropped on a conversation, and a copied picture is pasted', async () => {
    const { buffer } = await picture(ana, 'dropped.png', 60, 40)
    const give = (kind: 'drop' | 'paste', selector: string, name: string) =>
      ana.evaluate(`(() => {
        const bytes = Uint8Array.from(atob('${buffer.toString('base64')}'), (letter) => letter.charCodeAt(0))
        const data = new DataTransfer()
        data.items.add(new File([bytes], '${name}', { type: 'image/png' }))
        const target = document.querySelector('${selector}')
        const options = { bubbles: true, cancelable: true }
        if ('${kind}' === 'paste') return target.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }))
        for (const type of ['dragenter', 'dragover', 'drop'])
          target.dispatchEvent(new DragEvent(type, { ...options, dataTransfer: data }))
      })()`)
    await give('drop', '[role=log]', 'dropped.png')
    await give('paste', '[data-testid=composer]', 'pasted.png')
    await expect.poll(() => inTray(ana, 'uploaded').count()).toBe(2)
    for (let left = 2; left > 0; left--) await ana.getByTestId('remove-upload').first().click()
    await ana.getByTestId('upload-tray').waitFor({ state: 'detached' })
  })

  test("somebody's own picture is seen by others as soon as it is chosen, and goes when it is taken away", async () => {
    await ana.getByTestId('settings').click()
    await ana.getByTestId('picture-input').setInputFiles(await picture(ana, 'me.png', 400, 300))
    await ana.getByTestId('remove-picture').waitFor()
    const shown = listed(ben, 'Ana Ferreira').locator('img')
    await isDrawn(shown)
    await ana.getByTestId('remove-picture').click()
    await shown.waitFor({ state: 'detached' })
    await ana.keyboard.press('Escape')
  })

  test('the picture of a group is chosen by who manages it and seen by the others', async () => {
    const sam = await openWindow(browser, standalone.url, 'sam')
    await listed(sam, 'Spring fair').click()
    await sam.getByTestId('people').click()
    await sam.getByTestId('edit-group').click()
    await sam.getByTestId('picture-input').setInputFiles(await picture(sam, 'stand.png', 300, 400))
    await sam.getByTestId('remove-picture').waitFor()
    await sam.getByTestId('save-group').click()
    await isDrawn(listed(ana, 'Spring fair').locator('img'))
    await sam.context().close()
  })
})
