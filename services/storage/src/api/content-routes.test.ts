import { createHttpApp, createLogger } from '@parley/runtime'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { contentDisposition } from '../content/content-disposition.ts'
import { showsInline } from '../content/types/media-types.ts'
import { createLinks } from '../links.ts'
import { openRoutes } from './content-routes.ts'

const MINUTE = 60_000

describeUseCases('a signed link', (current) => {
  /** A file of ana's with a smaller picture, and the routes that take links, whose clock a test moves. */
  async function linked() {
    const { people, authority, upload, objects, openLinked, openPicture, attachments } = current()
    const { ana } = people('ana')
    const { ana: foreign, tenantId: foreignTenant } = people('ana')
    const clock = { now: Date.parse('2026-01-01T12:00:00.400Z') }
    const links = createLinks([Buffer.alloc(32, 7)], () => clock.now)
    const app = createHttpApp({ log: createLogger({ name: 'test', level: 'silent' }) })
    await openRoutes(app, {
      storage: { openLinked, openPicture, openContent: () => Promise.reject(new Error('Not by a link')) },
      ...{ objects, links, presentation: { contentDisposition, showsInline } },
      ...{ redirects: false, downloaded: () => {} },
    })
    const { id: attachmentId } = await upload(ana, authority.conversation(ana), 'a picture', {
      mime: 'image/png',
    } as never)
    const of = { tenantId: ana.tenantId, attachmentId, variant: undefined, disposition: 'inline' } as const
    const open = async (token: string, headers: Record<string, string> = {}) => {
      const { statusCode, headers: answered, body } = await app.inject({ url: `/attachments/link/${token}`, headers })
      return { status: statusCode, headers: answered, body }
    }
    const sign = (more: Partial<Parameters<typeof links.sign>[0]> = {}) => {
      const { url, expiresAt } = links.sign({ ...of, ...more })
      return { token: url.slice('/v1/attachments/link/'.length), expiresAt }
    }
    return { ana, foreign, foreignTenant, attachmentId, attachments, clock, sign, open }
  }

  test('opens for five minutes, is kept no longer than that by whoever opens it, and ends', async () => {
    const { clock, sign, open } = await linked()
    const { token, expiresAt } = sign()
    expect(expiresAt).toBe('2026-01-01T12:05:00.000Z')
    expect(await open(token)).toMatchObject({
      ...{ status: 200, body: 'a picture' },
      headers: { 'content-type': 'image/png', 'cache-control': 'private, max-age=299, immutable' },
    })
    clock.now += 4 * MINUTE + 59_000
    expect(await open(token)).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'private, max-age=0, immutable' },
    })
    expect(await open(token, { range: 'bytes=2-4' })).toMatchObject({ status: 206, body: 'pic' })
    clock.now += 600
    const ended = await open(token)
    expect(ended).toMatchObject({ status: 404, headers: { 'content-type': expect.stringContaining('problem+json') } })
    // as one that never was
    const never = await open('nothing')
    expect(JSON.parse(ended.body)).toMatchObject({ code: 'not_found', detail: JSON.parse(never.body).detail })
    expect(await open(sign().token)).toMatchObject({ status: 200 })
  })

  test('opens nothing else than what it was signed for, however its parts are put together anew', async () => {
    const { sign, open, foreign, foreignTenant, attachmentId, ana } = await linked()
    const { token } = sign()
    const [tenant, id, variant, disposition, expiry, signature] = token.split('.')
    const made = (...parts: (string | undefined)[]) => parts.join('.')
    expect(made(tenant, id, variant, disposition, expiry, signature)).toBe(token)
    const other = await current().upload(ana, current().authority.conversation(ana), 'another', {})
    for (const forged of [
      made(foreignTenant, id, variant, disposition, expiry, signature),
      made(tenant, other.id, variant, disposition, expiry, signature),
      made(tenant, id, 'thumbnail', disposition, expiry, signature),
      made(tenant, id, variant, 'attachment', expiry, signature),
      made(tenant, id, variant, disposition, String(Number(expiry) + 3600), signature),
      made(
        tenant,
        id,
        variant,
        disposition,
        expiry,
        signature!.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
      ),
      made(tenant, id, variant, disposition, expiry, ''),
      made(tenant, id, variant, disposition, expiry),
      made(tenant, id, variant, disposition, expiry, `${signature}=`),
      ...['.....', '%00', token.repeat(2)],
    ])
      expect([forged, (await open(forged)).status]).toEqual([forged, 404])
    const { url } = createLinks([Buffer.alloc(32, 8)]).sign({
      ...foreign,
      attachmentId,
      variant: undefined,
      disposition: 'inline',
    })
    expect((await open(url.slice('/v1/attachments/link/'.length))).status).toBe(404)
    // signed by us, for whom there is nothing
    expect((await open(sign({ tenantId: foreignTenant }).token)).status).toBe(404)
    expect((await open(sign({ variant: 'thumbnail' }).token)).status).toBe(404)
    expect((await open(sign({ disposition: 'attachment' }).token)).headers['content-disposition']).toMatch(
      /^attachment/,
    )
  })

  test('opens no more what was taken back', async () => {
    const { sign, open, attachments, ana, attachmentId } = await linked()
    const { token } = sign()
    await attachments.discardAttachment(ana, { attachmentId })
    expect((await open(token)).status).toBe(404)
  })
})
