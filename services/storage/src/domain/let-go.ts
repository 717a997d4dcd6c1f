import type { StoredAttachment, UnitOfWork } from './ports/store.ts'

/** Removes attachments, in the transaction that has locked them: their accounts are relieved, and their bytes go with the last that has them. */
export async function letGoOf(
  { attachments, usage, blobs }: UnitOfWork,
  gone: readonly StoredAttachment[],
): Promise<void> {
  if (gone.length === 0) return
  await attachments.remove(gone.map(({ id }) => id))
  const charged = new Map<string, { userId: string; bytes: number; files: number }>()
  for (const { uploaderId: userId, charged: bytes, copiedFrom } of gone) {
    if (copiedFrom !== null) continue
    const sum = charged.get(userId) ?? { userId, bytes: 0, files: 0 }
    charged.set(userId, { userId, bytes: sum.bytes + bytes, files: sum.files + 1 })
  }
  if (charged.size > 0) await usage.refund([...charged.values()])
  await blobs.letGo(gone.flatMap(({ sha256, variants }) => [sha256, ...variants.map((variant) => variant.sha256)]))
}
