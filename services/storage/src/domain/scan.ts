import { type Deps, serviceOf } from './deps.ts'
import { toAttachment } from './to-attachment.ts'

/**
 * Has the scanner look at bytes, and tells what it found: those whose messages have them, and, of a virus, the audit log. Rejects with
 * `unavailable` while the scanner cannot say: what is not known to be clean stays pending.
 */
export async function scan(deps: Deps, tenantId: string, sha256: string): Promise<void> {
  const { store, authority } = deps
  const place = await store.snapshot(tenantId, ({ blobs }) => blobs.place(sha256))
  // taken back meanwhile
  if (!place) return
  const verdict = await verdictOn(deps, place.objectKey)
  const status = verdict.clean ? 'ready' : 'infected'
  // also those that were decided before: what comes again after a fault has to be told again
  const decided = await store.transaction(tenantId, ({ attachments }) => attachments.decide(sha256, status))
  const service = serviceOf(tenantId)
  for (const one of decided) {
    if (!verdict.clean)
      await authority.attachmentInfected(service, {
        attachmentId: one.id,
        conversationId: one.conversationId,
        uploaderId: one.uploaderId,
        signature: verdict.signature.slice(0, 200),
      })
    if (one.messageId !== null)
      await authority.attachmentChanged(service, { messageId: one.messageId, attachment: toAttachment(one) })
  }
}

async function verdictOn({ objects, scanner, tally }: Deps, objectKey: string) {
  if (!scanner) return { clean: true as const }
  try {
    const verdict = await scanner.scan(await objects.open(objectKey))
    tally?.scanned(verdict.clean ? 'clean' : 'infected')
    return verdict
  } catch (err) {
    tally?.scanned('failed')
    throw err
  }
}
