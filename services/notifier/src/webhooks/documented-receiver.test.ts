import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@parley/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { newSecret } from '../domain/webhooks/endpoint-secret.ts'
import { signedHeaders } from '../domain/webhooks/signature.ts'
import { createPost } from './post.ts'

const PAGE = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8')
const post = createPost({ allowPrivate: true })

/** Runs the program of the page; answers its address, and what it has printed. */
async function startDocumented(secret: string) {
  const [, program = ''] = /^```js\n(.*?)^```$/ms.exec(PAGE) ?? []
  // beside our own sources, where the library that it imports is found
  const folder = mkdtempSync(fileURLToPath(new URL('../../.receiver-', import.meta.url)))
  const file = join(folder, 'receiver.mjs')
  writeFileSync(file, program)
  const port = await freePort()
  const receiver = spawn(process.execPath, [file], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    receiver.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  let said = ''
  receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return { url: `http://127.0.0.1:${port}/`, said: () => said }
}

test("the page's receiver takes what we sign, does it once for each id, and refuses what somebody else has signed", async () => {
  const secret = newSecret()
  const { url, said } = await startDocumented(secret)
  const body = JSON.stringify({ type: 'message.created', data: { seq: 7 } })
  const send = (id: string, signedWith = secret) =>
    post(url, { body, headers: signedHeaders({ id, body }, [signedWith]) }, new AbortController().signal)
  await expect.poll(() => send('evt-1').catch(() => undefined), { timeout: 20_000 }).toMatchObject({ status: 204 })
  expect(await send('evt-1')).toMatchObject({ status: 204 })
  expect(await send('evt-2', newSecret())).toMatchObject({ status: 400 })
  expect(await send('evt-3')).toMatchObject({ status: 204 })
  await expect.poll(() => said().match(/message\.created/g)?.length).toBe(2)
})
