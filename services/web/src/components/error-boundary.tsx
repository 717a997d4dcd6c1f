import { Component, type ReactNode } from 'react'
import { Button } from './button.tsx'
import paneStyles from './pane.module.css'

interface ErrorBoundaryProps {
  children: ReactNode
  /** What the way back is called, and where it leads. */
  back: string
  onBack(): void
}

/** Around a screen: a fault in what it draws leaves the others, and a way back to them. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <section className={paneStyles.pane} data-empty data-testid="screen-failed">
        <div className={paneStyles.note} role="alert">
          <h2>This could not be shown</h2>
          <p className="muted">Something went wrong on this page. What you have written is kept.</p>
          <Button
            data-testid="screen-back"
            onClick={() => {
              this.props.onBack()
              this.setState({ failed: false })
            }}
          >
            {this.props.back}
          </Button>
          <Button quiet onClick={() => location.reload()}>
            Load the page again
          </Button>
        </div>
      </section>
    )
  }
}
