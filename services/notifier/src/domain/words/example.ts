import { previewOf, type TemplateKind } from '@parley/contracts'
import type { Told, Ways } from './told.ts'

const OFFER = { title: 'Website', amount: 120_000, currency: 'EUR', status: 'pending' }
const BOOKING = {
  title: 'Haircut',
  requestedFor: [{ start: '2026-03-02T09:00:00.000Z', timeZone: 'Europe/Berlin' }],
  status: 'pending',
}

const WITHOUT_MESSAGES: readonly TemplateKind[] = ['added', 'context', 'report']

/** Something of that kind, for whoever wants to see what a template makes of it. */
export function exampleOf(kind: TemplateKind, locale: string): { told: Told; ways: Ways } {
  const line = (type: string, content: string, payload: object | null) =>
    previewOf({ type, content, payload: payload as never }, locale)
  const preview =
    kind === 'offer' || kind === 'transition'
      ? line('service_offer', '', OFFER)
      : kind === 'booking_request'
        ? line('booking_request', '', BOOKING)
        : 'Is <b>Tuesday</b> & "ten o\'clock" fine?'
  const moved =
    kind === 'transition' ? { type: 'service_offer', action: 'accept' as const, party: 'recipient' as const } : null
  return {
    told: {
      kind: kind === 'hidden' ? 'message' : kind,
      conversation: {
        id: '01900000-0000-7000-8000-000000000000',
        kind: 'context',
        title: null,
        context: { type: 'booking', title: 'Garden work', status: 'confirmed' },
      },
      messages: WITHOUT_MESSAGES.includes(kind)
        ? []
        : [
            { senderId: 'ben', senderName: 'Ben', preview: 'Hello!', at: '2026-03-01T14:04:00.000Z' },
            { senderId: 'cleo', senderName: 'Cleo', preview, moved, at: '2026-03-01T14:05:00.000Z' },
          ],
      unreadCount: 3,
      user: { name: 'Ana', locale },
    },
    ways: {
      url: 'https://app.example.com/messages/1',
      unsubscribeUrl: 'https://app.example.com/unsubscribe',
      canReply: true,
    },
  }
}
