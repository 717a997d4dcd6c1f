import { useSyncExternalStore } from 'react'
import type { Upload } from '../chat/uploads.ts'
import { useSession } from './chat-context.ts'

/** What is chosen for the next message of a conversation. */
export function useTray(conversationId: string): readonly Upload[] {
  const { uploads } = useSession()
  return useSyncExternalStore(uploads.subscribe, () => uploads.trayOf(conversationId))
}

/** Undefined: it is in no hands of this tab, or has been sent. */
export function useUpload(id: string | undefined): Upload | undefined {
  const { uploads } = useSession()
  return useSyncExternalStore(uploads.subscribe, () => (id === undefined ? undefined : uploads.get(id)))
}
