import type { Attachment } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { NotResumable } from '../net/resumable-upload.ts'
import type { UploadInput } from '../net/upload-file.ts'
import { largeUploads } from './browser-uploads.ts'

/** A server that takes resumable uploads, and what was sent to it. */
function server() {
  const sent: string[] = []
  const uploadResumably = async (_token: string, { key }: UploadInput) => {
    sent.push(key)
    return `attachment-${sent.length}`
  }
  return { sent, load: async () => ({ uploadResumably, NotResumable }) }
}

const input = (key: string) => ({ key, signal: new AbortController().signal }) as UploadInput

test('a large file that is there whole is not sent again where what is known of it did not come', async () => {
  let away = true
  const get = async ({ attachmentId }: { attachmentId: string }) => {
    if (away) throw new RequestFailure('disconnected', 'Cannot reach the server')
    return { id: attachmentId } as Attachment
  }
  const { sent, load } = server()
  const upload = largeUploads('token', get, load)
  await expect(upload(input('one'))).rejects.toMatchObject({ code: 'disconnected' })
  away = false
  expect(await upload(input('one'))).toEqual({ id: 'attachment-1' })
  expect(await upload(input('two'))).toEqual({ id: 'attachment-2' })
  expect(sent).toEqual(['one', 'two'])
})

test('one that is gone by then is sent anew', async () => {
  let gone = true
  const get = async ({ attachmentId }: { attachmentId: string }) => {
    if (gone) throw new RequestFailure('not_found', 'No such attachment')
    return { id: attachmentId } as Attachment
  }
  const upload = largeUploads('token', get, server().load)
  await expect(upload(input('one'))).rejects.toMatchObject({ code: 'not_found' })
  gone = false
  expect(await upload(input('one'))).toEqual({ id: 'attachment-2' })
})
