import { BookingDialog } from './booking-dialog.tsx'
import { useSession } from './chat-context.ts'
import type { Made } from './compose-menu.tsx'
import { OfferDialog } from './offer-dialog.tsx'

interface MakeDialogProps {
  kind: Made
  conversationId: string
  onClose(): void
}

/** The form of what is made. It stands beside the composer, which is a form itself. */
export function MakeDialog({ kind, conversationId, onClose }: MakeDialogProps) {
  const { messages } = useSession()
  const send = (payload: object, clientId: string) =>
    messages.send({ conversationId, type: kind, payload: { ...payload }, clientId })
  if (kind === 'service_offer') return <OfferDialog title="Make an offer" send={send} onClose={onClose} />
  return <BookingDialog send={send} onClose={onClose} />
}
