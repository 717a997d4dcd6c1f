import type { Message } from '@parley/contracts'
import { useRef } from 'react'
import { isolated, personName, previewOf } from '../text/names.ts'
import { useChat } from './chat-context.ts'

/** Says to a screen reader what has arrived at the end of the open conversation, and nothing that was there before. */
export function ArrivalAnnouncer({ message }: { message: Message | undefined }) {
  const myId = useChat((state) => state.me?.userId)
  const began = useRef<number | null>(null)
  began.current ??= message?.seq ?? null
  const isNew = message !== undefined && message.seq > (began.current ?? 0) && message.senderId !== myId
  return (
    <p className="visually-hidden" aria-live="polite">
      {isNew ? `${isolated(personName(message.sender))}: ${previewOf(message)}` : ''}
    </p>
  )
}
