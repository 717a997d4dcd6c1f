import { useEffect, useState } from 'react'
import { ChatSession } from './chat/chat-session.ts'
import { ChatContext } from './components/chat-context.ts'
import { ChatScreen } from './components/chat-screen.tsx'
import { DisabledScreen } from './components/disabled-screen.tsx'
import { keepFocus } from './components/keep-focus.ts'
import { SignInScreen } from './components/sign-in-screen.tsx'
import { refuseDrops } from './components/use-file-drop.ts'
import { followBack } from './components/use-overlay.ts'
import { forgetAddress, initialToken, storeToken } from './identity/identity.ts'
import type { Refusal } from './net/request-failure.ts'

export function App() {
  // Undefined until it is known whether somebody is chosen already.
  const [token, setToken] = useState<string | null>()
  const [refusal, setRefusal] = useState<string | null>(null)
  const [shutOut, setShutOut] = useState(false)
  const [session, setSession] = useState<ChatSession | null>(null)

  useEffect(keepFocus, [])
  useEffect(followBack, [])
  useEffect(refuseDrops, [])
  useEffect(() => {
    void initialToken().then(setToken)
  }, [])

  useEffect(() => {
    if (!token || shutOut) return
    storeToken(token)
    const leave = (detail: string, code: Refusal) => {
      // The token is good, and may be so again: what is kept for its person stays.
      if (code === 'forbidden') return setShutOut(true)
      storeToken(null)
      setRefusal(detail)
      setToken(null)
    }
    const next = new ChatSession({ token, onRefused: leave })
    setSession(next)
    return () => {
      next[Symbol.dispose]()
      setSession(null)
    }
  }, [token, shutOut])

  if (token === undefined) return null
  if (token === null)
    return (
      <SignInScreen
        refusal={refusal}
        onPick={(picked) => {
          setRefusal(null)
          setToken(picked)
        }}
      />
    )
  if (shutOut)
    return (
      <DisabledScreen
        onRetry={() => setShutOut(false)}
        onSwitch={() => {
          storeToken(null)
          forgetAddress()
          setToken(null)
          setShutOut(false)
        }}
      />
    )
  if (!session) return null
  const switchPerson = () => {
    session.signOut()
    storeToken(null)
    forgetAddress()
    setToken(null)
  }
  return (
    <ChatContext value={session}>
      <ChatScreen onSwitch={switchPerson} />
    </ChatContext>
  )
}
