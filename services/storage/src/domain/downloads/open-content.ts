import type { Actor, VariantName } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { StoredAttachment } from '../ports/store.ts'
import { infected, notFound, pending } from '../refusals.ts'
import { requireSeen } from './seen.ts'

/** Bytes that may be handed out. */
export interface Content {
  objectKey: string
  name: string
  mime: string
  size: number
  sha256: string
}

/** What of an attachment is asked for: itself, or a smaller picture of it. */
export interface ContentRef {
  attachmentId: string
  variant?: VariantName | undefined
}

export async function openContent(deps: Deps, actor: Actor, { attachmentId, variant }: ContentRef): Promise<Content> {
  return contentOf(deps, actor.tenantId, await requireSeen(deps, actor, attachmentId), variant)
}

/** For whoever has a link that we signed: who may see it was asked then, and what has become of it is looked at now. */
export async function openLinked(
  deps: Deps,
  { tenantId, attachmentId, variant }: ContentRef & { tenantId: string },
): Promise<Content> {
  const found = await deps.store.snapshot(tenantId, ({ attachments }) => attachments.byId(attachmentId))
  if (!found) throw notFound()
  return contentOf(deps, tenantId, found, variant)
}

/** Of a profile or a group, for everybody who has its address. */
export async function openPicture(deps: Deps, { attachmentId, variant }: ContentRef): Promise<Content> {
  const tenantId = await deps.store.tenantOfPicture(attachmentId)
  if (tenantId === undefined) throw notFound()
  return openLinked(deps, { tenantId, attachmentId, variant })
}

async function contentOf(
  { store }: Deps,
  tenantId: string,
  found: StoredAttachment,
  variant: VariantName | undefined,
): Promise<Content> {
  requireReady(found)
  const wanted = partOf(found, variant)
  const place = await store.snapshot(tenantId, ({ blobs }) => blobs.place(wanted.sha256))
  if (!place) throw notFound()
  const { mime, size, sha256 } = wanted
  return { objectKey: place.objectKey, name: nameOf(found.name, variant), mime, size, sha256 }
}

/** Rejects what is not clean, or is not known to be. */
export function requireReady({ status }: StoredAttachment): void {
  if (status === 'pending') throw pending()
  if (status === 'infected') throw infected()
}

/** The attachment or its variant. */
export function partOf(found: StoredAttachment, variant: VariantName | undefined) {
  const part = variant === undefined ? found : found.variants.find(({ name }) => name === variant)
  if (!part) throw notFound()
  return part
}

/** Variants are WebP, whatever the file was. */
function nameOf(name: string, variant: VariantName | undefined): string {
  if (variant === undefined) return name
  const dot = name.lastIndexOf('.')
  return `${dot > 0 ? name.slice(0, dot) : name}-${variant}.webp`
}
