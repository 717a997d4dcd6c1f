import {
  type Actor,
  type Attachment,
  builtInKind,
  type Claims,
  type Message,
  ParleyError,
  type Policy,
  type SendKey,
  type SendMessage,
} from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { mayUsersSend } from '../policy/custom-types.ts'
import { invalidField } from '../refusals.ts'

/** Which files a message is to have, and under which key they are its own. */
export interface FilesOf {
  key: SendKey
  attachmentIds: readonly string[]
}

/** The storage service. Refuses where there is none. */
function requireStorage({ claims }: Pick<Deps, 'claims'>): Claims {
  if (claims) return claims
  throw invalidField('/attachments', 'storage_unavailable', 'need a storage service, and there is none here')
}

/** Keeps what was uploaded for the one message with that key, as it is now. Again it finds the same. */
export async function claim(deps: Deps, actor: Actor, { key, attachmentIds }: FilesOf): Promise<Attachment[]> {
  const { attachments } = await requireStorage(deps).claimAttachments(actor, { key, attachmentIds: [...attachmentIds] })
  return attachments
}

/** Copies of what another message has, for the one with that key. */
export async function copy(deps: Deps, actor: Actor, { key, attachmentIds }: FilesOf): Promise<Attachment[]> {
  const { attachments } = await requireStorage(deps).copyAttachments(actor, { key, attachmentIds: [...attachmentIds] })
  return attachments
}

/** After these nobody knows whether the message is there, it is there under that key with other files, or it waits for a decision. */
const undecided: readonly string[] = ['unavailable', 'internal', 'key_reused', 'held_for_review']

/**
 * Lets what was claimed be sent again where the message was refused. In the background: what is not let go of now is collected by
 * the storage service, which asks what became of the message.
 */
export function releaseAfter(deps: Deps, actor: Actor, key: SendKey, err: unknown): void {
  if (err instanceof ParleyError && !undecided.includes(err.code)) release(deps, actor, key)
}

export function release({ claims }: Deps, actor: Actor, key: SendKey): void {
  claims?.releaseAttachments(actor, { key }).catch(() => {})
}

/**
 * Tells the storage service of a message that it has to do with: one with files, or with a link that is to get a card. In the background:
 * the message is written, whoever hears of it.
 */
export function tellWritten({ claims }: Pick<Deps, 'claims'>, actor: Actor, message: Message, policy: Policy): void {
  if (message.attachments.length > 0 || mayHaveCard(message, policy))
    claims?.messageWritten(actor, { message }).catch(() => {})
}

/**
 * The same of one whose words were changed: a link that has no card yet gets one, and the picture of a card that it had before goes. A card that
 * stayed is none of the storage service's business.
 */
export function tellEdited(
  { claims }: Pick<Deps, 'claims'>,
  actor: Actor,
  { before, message }: { before: Message; message: Message },
  policy: Policy,
): void {
  if (message.linkPreview === undefined && (before.linkPreview !== undefined || mayHaveCard(message, policy)))
    claims?.messageWritten(actor, { message }).catch(() => {})
}

const mayHaveCard = ({ type, content }: Message, policy: Policy) =>
  policy.attachments.linkPreviews && type === 'text' && content.includes('://')

/**
 * The type of a message with these files: what its sender says, or else what the files are. Refuses a picture without a picture, and what
 * the sender may not send.
 */
export function typeWith(
  { role }: Actor,
  { type, content }: Pick<SendMessage, 'type' | 'content'>,
  policy: Policy,
  attachments: readonly Attachment[],
): string {
  if (type === undefined && content === undefined) {
    const kinds = new Set(attachments.map(({ kind }) => kind))
    const [kind = 'file', ...others] = kinds
    const derived = others.length > 0 ? 'file' : kind
    if (role !== 'service' && !mayUsersSend(policy, derived))
      throw invalidField('/type', 'policy', `${JSON.stringify(derived)} is not a type of message here`)
    return derived
  }
  const said = type ?? 'text'
  const needs = builtInKind(said)?.attachments === 'required' && said !== 'file'
  if (needs && !attachments.some(({ kind }) => kind === said))
    throw invalidField('/attachments', 'kind', `hold nothing that is of the type ${said}`)
  return said
}
