import type { StateMachine } from './state-machine.ts'

/** One side asks for one of several times, the other confirms one of them. Either side cancels what was confirmed. */
export const bookingRequestStates: StateMachine = {
  initial: 'pending',
  takeBack: 'cancel',
  moves: {
    confirm: { from: ['pending'], to: 'confirmed', by: ['recipient', 'admin', 'host'] },
    decline: { from: ['pending'], to: 'declined', by: ['recipient', 'admin', 'host'] },
    cancel: { from: ['pending', 'confirmed'], to: 'cancelled', by: ['maker', 'recipient', 'admin', 'host'] },
    expire: { from: ['pending'], to: 'expired', by: ['clock'] },
    complete: { from: ['confirmed'], to: 'completed', by: ['host'] },
    refuse: { from: ['pending', 'confirmed'], to: 'refused', by: ['host'] },
  },
}
