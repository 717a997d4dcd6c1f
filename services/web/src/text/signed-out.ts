/** Why somebody who was signed in here is not any more; `refused`: their token is not good any more, and nobody says why. */
export type SignedOut = 'ended' | 'revoked' | 'refused'

export const signedOutTexts: Readonly<Record<SignedOut, string>> = {
  ended: 'You were signed out of this device from another one. Nothing of yours is kept in this browser any more.',
  revoked: 'You were signed out on all your devices. What you have not sent yet is still here when you sign in again.',
  refused:
    'Your time here is over, or you were signed out from another device. What you have not sent yet is still here when you sign in again.',
}
