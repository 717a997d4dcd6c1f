import type { ListFilter } from '../chat/own-conversations.ts'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import styles from './list-filters.module.css'

interface ListFiltersProps {
  filter: ListFilter
  words: string
  onFilter(filter: ListFilter): void
  onWords(words: string): void
}

const filters: { filter: ListFilter; text: string }[] = [
  { filter: 'all', text: 'All' },
  { filter: 'unread', text: 'Unread' },
  { filter: 'archived', text: 'Archived' },
]

/** What stands above the list: a search by title or person, and which conversations are shown. */
export function ListFilters({ filter, words, onFilter, onWords }: ListFiltersProps) {
  return (
    <search className={styles.filters}>
      <div className={styles.search}>
        <Icon name="search" />
        <input
          type="search"
          dir="auto"
          data-testid="list-search"
          aria-label="Search conversations and messages"
          placeholder="Search people and messages"
          value={words}
          onChange={(event) => onWords(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || !words) return
            event.preventDefault()
            onWords('')
          }}
        />
        {words && <IconButton icon="close" label="Clear the search" onClick={() => onWords('')} />}
      </div>
      <fieldset className={styles.choice}>
        <legend className="visually-hidden">Which conversations</legend>
        {filters.map((one) => (
          <button
            key={one.filter}
            type="button"
            className={styles.option}
            data-testid={`filter-${one.filter}`}
            aria-pressed={filter === one.filter}
            onClick={() => onFilter(one.filter)}
          >
            {one.text}
          </button>
        ))}
      </fieldset>
    </search>
  )
}
