import type { Participant } from '@parley/contracts'
import { personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import styles from './mention-choice.module.css'

interface MentionChoiceProps {
  id: string
  people: readonly Pick<Participant, 'userId' | 'name' | 'avatarUrl'>[]
  /** Index of the one that Enter takes. */
  chosen: number
  onChoose(index: number): void
}

/** Whom the name that is being written may become; the field keeps the focus (ARIA: combobox with a list box). */
export function MentionChoice({ id, people, chosen, onChoose }: MentionChoiceProps) {
  return (
    <div id={id} role="listbox" aria-label="People to mention" className={styles.people}>
      {people.map((person, index) => (
        <div
          key={person.userId}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className={styles.person}
          data-testid={`mention-${person.userId}`}
          // The field keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(index)}
          onKeyDown={() => {}}
        >
          <Avatar id={person.userId} name={personName(person)} url={person.avatarUrl} small />
          <bdi>{personName(person)}</bdi>
        </div>
      ))}
    </div>
  )
}
