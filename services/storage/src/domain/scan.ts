import { type Deps, serviceOf } from './deps.ts'
import { toAttachment } from './to-attachment.ts'

/**
 * Has the scanner look at bytes, for all that have them and were not decided. What it found is told of each by a job of its own, which is
 * there with the decision. Rejects with `unavailable` while the scanner cannot say: what is not known to be clean stays pending.
 * `tells` is of this release: the former told after it had decided, and what it did not come to tell is told by whoever takes its job.
 */
export async function scan(deps: Deps, tenantId: string, sha256: string, { tells = false } = {}): Promise<void> {
  const { store } = deps
  const place = await store.snapshot(tenantId, ({ blobs }) => blobs.place(sha256))
  // taken back meanwhile
  if (!place) return
  const verdict = await verdictOn(deps, place.objectKey)
  const found = verdict.clean
    ? { status: 'ready' as const, signature: null }
    : { status: 'infected' as const, signature: verdict.signature.slice(0, 200) }
  await store.transaction(tenantId, ({ decide }) => decide(sha256, found, { tellsDecided: !tells }))
}

/** Tells what the scanner found in an attachment: its message, and, of a virus, the audit log. `signature` names the virus. */
export async function tellVerdict(
  { store, authority }: Deps,
  tenantId: string,
  attachmentId: string,
  signature: string | null,
): Promise<void> {
  const one = await store.snapshot(tenantId, ({ attachments }) => attachments.byId(attachmentId))
  // taken back meanwhile
  if (!one) return
  const service = serviceOf(tenantId)
  // a message may be told again of the same; the log has a line for each time
  if (one.messageId !== null)
    await authority.attachmentChanged(service, { messageId: one.messageId, attachment: toAttachment(one) })
  if (signature !== null)
    await authority.attachmentInfected(service, {
      attachmentId,
      conversationId: one.conversationId,
      uploaderId: one.uploaderId,
      signature,
    })
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
