import type { ReplyPreview } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { BookingDialog } from './booking-dialog.tsx'
import { CannedDialog } from './canned-dialog.tsx'
import { useSession } from './chat-context.ts'
import type { Made } from './compose-menu.tsx'
import { OfferDialog } from './offer-dialog.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'

interface MakeDialogProps {
  kind: Made
  conversation: HeldConversation
  /** What stands in the composer. */
  written: { text: string; replyTo: ReplyPreview | undefined }
  /** What was written has gone another way than by sending. */
  onGone(): void
  onTake(text: string): void
  onClose(): void
}

/** The form of what is made. It stands beside the composer, which is a form itself. */
export function MakeDialog({ kind, conversation, written, onGone, onTake, onClose }: MakeDialogProps) {
  const { messages, scheduled } = useSession()
  const { id: conversationId } = conversation
  const { text, replyTo } = written
  const send = (payload: object, clientId: string) =>
    messages.send({ conversationId, type: kind, payload: { ...payload }, clientId })
  const schedule = async (content: string, sendAt: string, clientId: string) => {
    await scheduled.add({ conversationId, content, sendAt, clientId, ...(replyTo && { replyTo: replyTo.id }) })
    onGone()
  }
  if (kind === 'service_offer') return <OfferDialog title="Make an offer" send={send} onClose={onClose} />
  if (kind === 'booking_request') return <BookingDialog send={send} onClose={onClose} />
  if (kind === 'canned')
    return <CannedDialog conversationId={conversationId} text={text} onTake={onTake} onClose={onClose} />
  return (
    <ScheduleDialog title="Send later" conversation={conversation} begun={{ text }} save={schedule} onClose={onClose} />
  )
}
