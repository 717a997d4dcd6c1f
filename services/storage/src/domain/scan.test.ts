import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { keyOf, uploadWith } from '../../test/test-world.ts'

const DAY = 24 * 3_600_000

describeUseCases('the scanner', (current) => {
  test('is waited for; what it finds is told where it was sent, and a virus is never handed out', async () => {
    const { people, authority, scanning, scanner, runJobs, later, hear, store } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = authority.conversation(ana, ben)
    const send = async (content: string) => {
      const attachment = await uploadWith(scanning, tmpdir(), ana, id, content)
      const key = keyOf(id, ana)
      await scanning.claims.claimAttachments(ana, { key, attachmentIds: [attachment.id] })
      const messageId = authority.send(key)
      await hear.written(tenantId, messageId, [attachment])
      return { ...attachment, messageId }
    }
    const open = (attachmentId: string) =>
      scanning.openContent(ben, { attachmentId }).then(
        () => 'open',
        (err) => err.code,
      )
    scanner.verdict = undefined
    const clean = await send('clean')
    expect(clean.status).toBe('pending')
    await runJobs()
    expect(await open(clean.id)).toBe('attachment_pending')
    scanner.verdict = { clean: true }
    await later(DAY)
    await runJobs()
    expect(await open(clean.id)).toBe('open')
    scanner.verdict = { clean: false, signature: 'Eicar' }
    const bad = await send('bad')
    await runJobs()
    expect(await open(bad.id)).toBe('attachment_infected')
    await expect(scanning.attachments.linkAttachment(ben, { attachmentId: bad.id })).rejects.toMatchObject({
      code: 'attachment_infected',
    })
    const own = (attachmentId: string) => [clean.id, bad.id].includes(attachmentId)
    expect(authority.infected.filter(({ attachmentId }) => own(attachmentId))).toEqual([
      { attachmentId: bad.id, signature: 'Eicar' },
    ])
    expect(
      authority.changed
        .filter(({ attachment }) => own(attachment.id))
        .map(({ messageId, attachment }) => [messageId, attachment.status]),
    ).toEqual([
      [clean.messageId, 'ready'],
      [bad.messageId, 'infected'],
    ])
    // decided before the message was known: it is told by it
    const { messageId: _message, ...early } = bad
    authority.changed.length = 0
    await hear.written(tenantId, bad.messageId, [{ ...early, status: 'pending' }])
    expect(authority.changed).toMatchObject([{ messageId: bad.messageId, attachment: { status: 'infected' } }])
    expect(await store.countPending()).toBe(0)
  })

  test('tells of each that has the same bytes once, whenever they came, also after a fault in between', async () => {
    const { people, authority, scanning, scanner, runJobs, later, hear } = current()
    for (const [content, verdict] of [
      ['the same', { clean: true }],
      ['the same and bad', { clean: false, signature: 'Eicar' }],
    ] as const) {
      const { ana, ben, tenantId } = people('ana', 'ben')
      const id = authority.conversation(ana, ben)
      scanner.verdict = verdict
      const sent: string[] = []
      const told = () => authority.changed.map(({ attachment }) => attachment.id).filter((one) => sent.includes(one))
      const inLog = () => authority.infected.map((one) => one.attachmentId).filter((one) => sent.includes(one))
      const expected = () => [[...sent].sort(), verdict.clean ? [] : [...sent].sort()]
      for (let times = 0; times < 3; times++) {
        const attachment = await uploadWith(scanning, tmpdir(), ana, id, content)
        const key = keyOf(id, ana)
        await scanning.claims.claimAttachments(ana, { key, attachmentIds: [attachment.id] })
        await hear.written(tenantId, authority.send(key), [attachment])
        sent.push(attachment.id)
        if (times === 2) {
          // it is decided, and nobody can be told of it
          authority.isAway = true
          await runJobs()
          authority.isAway = false
          await later(DAY)
        }
        await runJobs()
        expect([told().sort(), inLog().sort()]).toEqual(expected())
      }
    }
  })
})
