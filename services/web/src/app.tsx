import { useEffect, useRef, useState } from 'react'
import { ChatSession } from './chat/chat-session.ts'
import { ChatContext } from './components/chat-context.ts'
import { ChatScreen } from './components/chat-screen.tsx'
import { DisabledScreen } from './components/disabled-screen.tsx'
import { keepFocus } from './components/keep-focus.ts'
import { SignInScreen } from './components/sign-in-screen.tsx'
import { SignedOutScreen } from './components/signed-out-screen.tsx'
import { refuseDrops } from './components/use-file-drop.ts'
import { followBack } from './components/use-overlay.ts'
import { forgetAddress, initialToken, storeToken } from './identity/identity.ts'
import { forgetPeople } from './identity/people.ts'
import type { OnRefused } from './net/request-failure.ts'
import type { SignedOut } from './text/signed-out.ts'

export function App() {
  // Undefined until it is known whether somebody is chosen already.
  const [token, setToken] = useState<string | null>()
  const [refusal, setRefusal] = useState<string | null>(null)
  const [signedOut, setSignedOut] = useState<SignedOut | null>(null)
  const [shutOut, setShutOut] = useState(false)
  const [session, setSession] = useState<ChatSession | null>(null)
  // Nobody has come in with this token yet.
  const isNew = useRef(true)

  useEffect(keepFocus, [])
  useEffect(followBack, [])
  useEffect(refuseDrops, [])
  useEffect(() => {
    void initialToken().then((known) => {
      isNew.current = false
      setToken(known)
    })
  }, [])

  useEffect(() => {
    if (!token || shutOut) return
    storeToken(token)
    let isOver = false
    const leave: OnRefused = (detail, code, ended) => {
      if (isOver) return
      isOver = true
      // The token is good, and may be so again: what is kept for its person stays.
      if (code === 'forbidden') return setShutOut(true)
      const wasIn = !isNew.current || next.store.getState().me !== null
      // Whoever has signed this device out from another one does not come back to it: nothing of theirs stays.
      if (ended === 'ended') {
        next.signOut()
        forgetAddress()
      } else if (wasIn) next.push.pause()
      storeToken(null)
      forgetPeople()
      if (wasIn) setSignedOut(ended ?? 'refused')
      else setRefusal(detail)
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
  if (token === null && signedOut) return <SignedOutScreen why={signedOut} onSignIn={() => setSignedOut(null)} />
  if (token === null)
    return (
      <SignInScreen
        refusal={refusal}
        onPick={(picked) => {
          setRefusal(null)
          isNew.current = true
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
