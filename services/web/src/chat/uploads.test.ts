import type { Attachment } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import type { UploadInput } from '../net/upload-file.ts'
import { createChatStore } from './chat-store.ts'
import { attachment, CONVERSATION, message, openState } from './fixtures.ts'
import { Outbox } from './outbox.ts'
import type { Outgoing } from './outgoing.ts'
import { sendChosen } from './sent-files.ts'
import type { UploadRules } from './upload-rules.ts'
import { type Upload, Uploads } from './uploads.ts'

const file = (name: string, type = 'image/png', bytes = 10) => new File([new Uint8Array(bytes)], name, { type })
const rules: UploadRules = {
  attachments: {
    ...{ types: ['image/png', 'application/pdf', 'video/*'], maxBytes: 100, maxCount: 5 },
    ...{ maxBytesByType: { 'video/*': 1000 }, userQuotaBytes: null, tenantQuotaBytes: null, linkPreviews: false },
  },
  messageTypes: ['text', 'image', 'file', 'video'],
}

/** Uploads that end when the test says so, or at once with what `answer` gives. */
function setUp(answer?: (input: UploadInput, call: number) => Attachment) {
  const calls: (UploadInput & { finish(): void })[] = []
  const discarded: string[] = []
  const settled: Upload[] = []
  const uploads = new Uploads({
    upload: (input) =>
      new Promise((resolve, reject) => {
        const finish = () => resolve(attachment(input.file.name))
        calls.push({ ...input, finish })
        input.signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
        if (!answer) return
        try {
          resolve(answer(input, calls.length))
        } catch (err) {
          reject(err)
        }
      }),
    discard: async (id) => discarded.push(id),
    rules: () => rules,
    wait: () => Promise.resolve(),
    show: ({ name }) => `blob:${name}`,
    forget: () => {},
    measure: async () => ({ width: 40, height: 30 }),
    onSettled: (upload) => settled.push(upload),
  })
  const tray = () => uploads.trayOf(CONVERSATION)
  const idle = () => new Promise((resolve) => setTimeout(resolve, 5))
  return { uploads, calls, discarded, settled, tray, idle }
}

test('three are uploaded at a time, and the next begins when one has ended', async () => {
  const { uploads, calls, tray, idle } = setUp()
  uploads.add(
    CONVERSATION,
    ['a', 'b', 'c', 'd'].map((name) => file(name)),
  )
  expect(calls.map((call) => call.file.name)).toEqual(['a', 'b', 'c'])
  calls[1]?.finish()
  await idle()
  expect(calls.map((call) => call.file.name)).toEqual(['a', 'b', 'c', 'd'])
  expect(tray().map(({ state }) => state)).toEqual(['uploading', 'uploaded', 'uploading', 'uploading'])
})

test('what the network swallowed is tried again under the same key', async () => {
  const { uploads, calls, tray, idle } = setUp((input, call) => {
    if (call < 3) throw new RequestFailure('timeout', 'late')
    return attachment(input.file.name)
  })
  uploads.add(CONVERSATION, [file('a')])
  await idle()
  expect(calls).toHaveLength(3)
  expect(new Set(calls.map(({ key }) => key)).size).toBe(1)
  expect(tray()).toMatchObject([{ state: 'uploaded', progress: 1, width: 40 }])
})

test('what the server refuses is said in words and not tried again until somebody says so', async () => {
  const { uploads, calls, tray, idle } = setUp(() => {
    throw new RequestFailure('unreadable_file', 'whatever')
  })
  const [upload] = uploads.add(CONVERSATION, [file('a')])
  await idle()
  expect(calls).toHaveLength(1)
  expect(tray()).toMatchObject([{ state: 'failed', detail: 'The file is damaged: it cannot be read.' }])
  uploads.retry(upload?.id ?? '')
  await idle()
  expect(calls.map(({ key }) => key)).toEqual([upload?.id, upload?.id])
})

test('without a connection an upload waits for one', async () => {
  let online = false
  const { uploads, calls, tray, idle } = setUp((input) => {
    if (!online) throw new RequestFailure('disconnected', 'away')
    return attachment(input.file.name)
  })
  uploads.add(CONVERSATION, [file('a')])
  await idle()
  expect(calls).toHaveLength(1)
  online = true
  uploads.resume()
  await idle()
  expect(tray()).toMatchObject([{ state: 'uploaded' }])
})

test('a cancelled upload ends, and what was uploaded already is taken back', async () => {
  const { uploads, calls, discarded, tray, idle } = setUp()
  const [one, two] = uploads.add(CONVERSATION, [file('a'), file('b')])
  calls[1]?.finish()
  await idle()
  uploads.cancel(one?.id ?? '')
  uploads.cancel(two?.id ?? '')
  await idle()
  expect(calls[0]?.signal.aborted).toBe(true)
  expect(discarded).toEqual([attachment('b').id])
  expect(tray()).toEqual([])
  expect(uploads.atRisk).toBe(false)
})

test('what the rules refuse says why, and nothing of it goes out', () => {
  const { uploads, calls, tray } = setUp()
  uploads.add(CONVERSATION, [
    file('drawing.svg', 'image/svg+xml'),
    file('large.png', 'image/png', 2000),
    file('empty.png', 'image/png', 0),
    file('long.mp4', 'video/mp4', 900),
    file('unknown', ''),
  ])
  expect(tray().map(({ detail }) => detail)).toEqual([
    expect.stringContaining('SVG files are not taken here. What is: PNG, PDF, and videos.'),
    expect.stringContaining('too large'),
    'This file is empty.',
    null,
    null,
  ])
  expect(calls.map((call) => call.file.name)).toEqual(['long.mp4', 'unknown'])
})

test('no more are taken than a message may have', () => {
  const { uploads, tray } = setUp()
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  uploads.add(
    CONVERSATION,
    names.map((name) => file(name)),
  )
  expect(tray().map(({ state }) => state === 'refused')).toEqual([false, false, false, false, false, true])
  expect(tray().at(-1)?.detail).toBe('At most 5 files at a time.')
})

test('a tray belongs to its conversation, and keeps its place in the state until something changes', async () => {
  const { uploads, calls, tray } = setUp()
  uploads.add(CONVERSATION, [file('a')])
  uploads.add('another', [file('b')])
  expect(tray().map((upload) => upload.file.name)).toEqual(['a'])
  expect(tray()).toBe(tray())
  const before = tray()
  calls[0]?.onProgress(0.5)
  expect(tray()).not.toBe(before)
  expect(tray()).toMatchObject([{ progress: 0.5 }])
  expect(uploads.trayOf('nowhere')).toBe(uploads.trayOf('nowhere either'))
})

/** Uploads whose files are sent with messages. */
function withOutbox(answer?: (input: UploadInput, call: number) => Attachment) {
  const store = createChatStore(openState(3))
  const sent: Outgoing[] = []
  const { uploads, calls, settled, tray, idle } = setUp(answer)
  const outbox = new Outbox({
    store,
    files: uploads,
    send: async (entry) => {
      sent.push(entry)
      const attachments = entry.files.map((one) => one.attachment)
      return message(3 + sent.length, 'ana', { content: entry.content, attachments, clientId: entry.clientId })
    },
    online: () => true,
    wait: () => Promise.resolve(),
  })
  /** As the session does it. */
  const tell = () => {
    for (const { id: uploadId, attachment: known } of settled.splice(0)) {
      if (!known) continue
      store.dispatch({ type: 'file_uploaded', conversationId: CONVERSATION, uploadId, attachment: known })
      outbox.proceed(CONVERSATION)
    }
  }
  const entries = () => store.getState().outgoing[CONVERSATION] ?? []
  return { uploads, outbox, calls, tray, idle, tell, sent, entries }
}

test('pictures go in one message with the words, other kinds in their own; each waits for its files', async () => {
  const { uploads, outbox, calls, tray, idle, tell, sent, entries } = withOutbox()
  uploads.add(CONVERSATION, [file('a'), file('b.pdf', 'application/pdf'), file('c')])
  sendChosen({ uploads, outbox }, CONVERSATION, 'Look', null)
  expect(tray()).toEqual([])
  expect(entries().map(({ content, files }) => [content, files.map((one) => one.attachment.name)])).toEqual([
    ['Look', ['a', 'c']],
    ['', ['b.pdf']],
  ])
  outbox.write(CONVERSATION, 'and this at once')
  await idle()
  expect(sent.map(({ content }) => content)).toEqual(['and this at once'])
  for (const call of calls) call.finish()
  await idle()
  tell()
  await idle()
  // whatever is there first goes first
  const ids = sent.slice(1).map(({ content, files }) => [content, ...files.map((one) => one.attachment.id)])
  expect(ids.sort()).toEqual([
    ['', attachment('b.pdf').id],
    ['Look', attachment('a').id, attachment('c').id],
  ])
  expect(entries()).toEqual([])
  expect(uploads.atRisk).toBe(false)
})

test('a message that is taken back to be changed has its files again', async () => {
  const { uploads, outbox, tray, entries } = withOutbox()
  uploads.add(CONVERSATION, [file('a')])
  sendChosen({ uploads, outbox }, CONVERSATION, 'Look', null)
  outbox.reopen(CONVERSATION, entries()[0]?.clientId ?? '')
  expect(entries()).toEqual([])
  expect(tray().map((upload) => upload.file.name)).toEqual(['a'])
})

test('a message that is thrown away ends its uploads', async () => {
  const { uploads, outbox, calls, entries } = withOutbox()
  uploads.add(CONVERSATION, [file('a')])
  sendChosen({ uploads, outbox }, CONVERSATION, '', null)
  outbox.discard(CONVERSATION, entries()[0]?.clientId ?? '')
  expect(calls[0]?.signal.aborted).toBe(true)
  expect(uploads.atRisk).toBe(false)
})
