import { jpeg } from '@parley/storage/testing'
import { files } from '../files/file-client.ts'
import type { TestStack } from '../stack/test-stack.ts'
import { beginning } from './requests.ts'
import type { Role } from './roles.ts'

export type Pair = readonly [string, string]
type Given = { name: string; type: string; bytes: string | Uint8Array }

/** Attachments that lie in a conversation. */
export interface SceneFiles {
  /** A text and an image, for a message. */
  sent: Pair
  /** Two of each who has a message there, in no message: one stays, one may be taken back. */
  unsent: Map<Role, Pair>
  /** Two of the host's, in no message either. */
  hosts: Pair
}

/** Uploads what the matrix asks for. Names and texts say whose they are, as titles do. */
export async function createUploads(stack: TestStack, token: (role: Role) => string | undefined) {
  const picture = await jpeg(400, 300)
  const image = (title: string): Given => ({ name: `${title}jpg`, type: 'image/jpeg', bytes: picture })
  const text = (title: string): Given => ({ name: `${title}txt`, type: 'text/plain', bytes: title })
  const upload = async (by: string | undefined, fields: Record<string, string>, ...given: Given[]) => {
    const { status, body } = await files(stack, '', by).upload(fields, given)
    return given.map((_, i): string => {
      const id = body.data?.[i]?.attachment?.id
      if (id === undefined) throw new Error(`Not uploaded: ${status} ${JSON.stringify(body)}`)
      return id
    })
  }
  const two = async (by: string | undefined, conversationId: string, one: Given, other: Given): Promise<Pair> => {
    const [first, second] = await upload(by, { conversationId }, one, other)
    return [first!, second!]
  }
  return {
    /** Into a conversation, by these and by a host's backend, whose `sent` may be sent in anybody's name. */
    async into(
      conversationId: string,
      title: string,
      who: readonly Role[],
      backend = token('service'),
    ): Promise<SceneFiles> {
      const unsent: SceneFiles['unsent'] = new Map()
      for (const role of who) unsent.set(role, await two(token(role), conversationId, text(title), text(title)))
      return {
        sent: await two(backend, conversationId, text(title), image(title)),
        unsent,
        hosts: await two(backend, conversationId, text(title), text(title)),
      }
    },
    /** Two resumable uploads that somebody has begun there. */
    async begin(role: Role, conversationId: string): Promise<Pair> {
      const one = async () => {
        const headers = { ...beginning({ conversationId }), authorization: `Bearer ${token(role)}` }
        const { status, headers: said } = await fetch(`${stack.storageUrls[0]}/v1/attachments/resumable`, {
          method: 'POST',
          headers,
        })
        if (status !== 201) throw new Error(`Not begun: ${status}`)
        return said.get('location')!.split('/').at(-1)!
      }
      return [await one(), await one()]
    },
    /** Somebody's profile picture. */
    async portrait(role: Role): Promise<string> {
      return (await upload(token(role), { purpose: 'profile_picture' }, image('portrait.')))[0]!
    },
  }
}
