import type { NotificationLevel } from '@parley/contracts'
import { useEffect, useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { levelTexts } from '../text/notifications.ts'
import { useSession } from './chat-context.ts'

/** Of what in a conversation one is told: asked for while it is `shown`, null until it is known. */
export function useNotificationLevel(conversationId: string, shown: boolean) {
  const session = useSession()
  const [level, setLevel] = useState<NotificationLevel | null>(null)

  useEffect(() => {
    if (!shown) return
    let over = false
    session.notifications.getNotificationLevel({ conversationId }).then(
      (known) => !over && setLevel(known.level),
      (err) => !over && session.notify(toRequestFailure(err).message),
    )
    return () => {
      over = true
    }
  }, [session, conversationId, shown])

  const choose = async (chosen: NotificationLevel) => {
    try {
      const known = await session.notifications.setNotificationLevel({ conversationId, level: chosen })
      setLevel(known.level)
      session.notify(`While you are away you are told of: ${levelTexts[known.level].toLowerCase()}.`)
    } catch (err) {
      session.notify(toRequestFailure(err).message)
    }
  }
  return { level, choose }
}
