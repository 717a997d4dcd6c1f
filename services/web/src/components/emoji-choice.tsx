import { useState } from 'react'
import { moreEmoji, quickEmoji } from '../text/emoji.ts'
import styles from './emoji-choice.module.css'

/** In a menu: what people answer with most, and a small choice besides. */
export function EmojiChoice({ onChoose }: { onChoose(emoji: string): void }) {
  const [more, setMore] = useState(false)
  const shown = more ? [...quickEmoji, ...moreEmoji] : quickEmoji
  return (
    <div className={styles.choice} role="none" data-more={more || undefined}>
      {shown.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-label={`React with ${emoji}`}
          data-testid={`react-${emoji}`}
          onClick={() => onChoose(emoji)}
        >
          {emoji}
        </button>
      ))}
      {!more && (
        <button
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-label="More reactions"
          data-testid="more-emoji"
          onClick={() => setMore(true)}
        >
          +
        </button>
      )}
    </div>
  )
}
