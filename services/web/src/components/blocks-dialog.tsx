import { useCallback } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { isolated, personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import styles from './blocks-dialog.module.css'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'
import { PagesEnd } from './pages-end.tsx'
import { PersonText } from './person-text.tsx'
import { usePages } from './use-pages.ts'

/** Whom one has blocked, and where one takes it back. */
export function BlocksDialog({ onClose }: { onClose(): void }) {
  const session = useSession()
  const { people } = session
  const pages = usePages(useCallback((cursor: string | undefined) => people.listBlocks(cursor), [people]))
  const unblock = async (userId: string) => {
    try {
      await people.unblock(userId)
      pages.change((items) => items.filter((person) => person.userId !== userId))
    } catch (err) {
      session.notify(toRequestFailure(err).message)
    }
  }
  return (
    <Dialog title="People you have blocked" onClose={onClose}>
      <p className="muted">Neither of you can write to the other. In groups you still see each other.</p>
      <ul className={styles.people} data-testid="blocks">
        {pages.items.map((person) => (
          <li key={person.userId}>
            <Avatar id={person.userId} name={personName(person)} url={person.avatarUrl} small />
            <PersonText name={personName(person)} oneLine />
            <Button
              quiet
              data-testid={`unblock-${person.userId}`}
              aria-label={`Unblock ${isolated(personName(person))}`}
              onClick={() => unblock(person.userId)}
            >
              Unblock
            </Button>
          </li>
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="You have blocked nobody." />
    </Dialog>
  )
}
