import { expect, test } from 'vitest'
import { describeUseCases } from '../test/describe-use-cases.ts'
import { uploadWith } from '../test/test-world.ts'

const DAY = 24 * 3_600_000

describeUseCases('the metrics of storage', (current) => {
  test('say what was kept and refused, what the scanner said, what waits for it, and what was collected', async () => {
    const {
      people,
      authority,
      upload,
      scanning,
      scanner,
      runJobs,
      later,
      collectAttachments,
      collectPictures,
      metrics,
    } = current()
    const { collectObjects, meter, folder } = current()
    const { ana } = people('ana')
    const id = authority.conversation(ana)
    // what an earlier try has left is none of this one's
    await later(3 * DAY)
    await runJobs()
    for (const collect of [collectAttachments, collectPictures, collectObjects]) await collect()
    const before = await metrics()
    const counted = async () =>
      Object.fromEntries(Object.entries(await metrics()).map(([name, value]) => [name, value - (before[name] ?? 0)]))
    expect(before).toMatchObject({
      ...{ incoming_bytes: 0, pending_scans: 0, uploads_total: expect.any(Number) },
      ...{ upload_bytes_total: expect.any(Number), download_bytes_total: expect.any(Number) },
    })
    await upload(ana, id, 'twelve bytes', { key: 'k' })
    // again it is not kept again
    await upload(ana, id, 'twelve bytes', { key: 'k' })
    await upload(ana, id, 'another', { key: 'k' }).catch(() => {})
    await upload(ana, id, 'x'.repeat(2_000_000)).catch(() => {})
    await upload(ana, null as never, 'a face', {
      purpose: 'profile_picture',
      conversationId: null,
      mime: 'image/png',
    } as never)
    expect(await counted()).toMatchObject({
      ...{ uploads_total: 2, upload_bytes_total: 18 },
      ...{ 'refusals_total{code="key_reused"}': 1, 'refusals_total{code="payload_too_large"}': 1 },
    })

    const scanned = (content: string) => uploadWith(scanning, folder, ana, id, content)
    await scanned('clean')
    expect((await counted()).pending_scans).toBe(1)
    scanner.verdict = undefined
    await runJobs()
    expect(await counted()).toMatchObject({ pending_scans: 1, 'scans_total{result="failed"}': 1 })
    scanner.verdict = { clean: true }
    await later(DAY)
    await runJobs()
    await scanned('a virus')
    scanner.verdict = { clean: false, signature: 'Eicar' }
    await runJobs()
    expect(await counted()).toMatchObject({
      pending_scans: 0,
      ...{ 'scans_total{result="failed"}': 1, 'scans_total{result="clean"}': 1, 'scans_total{result="infected"}': 1 },
    })

    await later(2 * DAY)
    await collectAttachments()
    await collectPictures()
    await collectObjects()
    meter.downloaded(5)
    expect(await counted()).toMatchObject({
      ...{ 'collected_total{what="attachment"}': 3, 'collected_total{what="picture"}': 1 },
      ...{ 'collected_total{what="object"}': 4, download_bytes_total: 5 },
    })
  })
})
