import { Icon } from './icon.tsx'

export function EmptyPane({ onCreate }: { onCreate(): void }) {
  return (
    <main className="pane pane-empty">
      <div className="empty">
        <span className="empty-mark">
          <Icon name="bubble" />
        </span>
        <h2>Your messages</h2>
        <p className="muted">Choose a conversation, or start a new one.</p>
        <button type="button" className="primary" onClick={onCreate}>
          New conversation
        </button>
      </div>
    </main>
  )
}
