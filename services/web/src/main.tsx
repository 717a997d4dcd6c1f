import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './base.css'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { forgetAddress, storeToken } from './identity/identity.ts'
import './tokens.css'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root')
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary
      back="Begin again"
      onBack={() => {
        storeToken(null)
        forgetAddress()
        location.reload()
      }}
    >
      <App />
    </ErrorBoundary>
  </StrictMode>,
)
