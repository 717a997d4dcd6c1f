import { toRequestFailure } from '../net/request-failure.ts'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'

export function UnblockButton({ userId }: { userId: string }) {
  const session = useSession()
  const unblock = () => session.people.unblock(userId).catch((err) => session.notify(toRequestFailure(err).message))
  return (
    <Button quiet data-testid="unblock" onClick={unblock}>
      Unblock
    </Button>
  )
}
