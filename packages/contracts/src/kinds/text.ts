import type { MessageKind } from './kind.ts'

export const textKind: MessageKind = {
  type: 'text',
  payload: null,
  content: 'required',
  attachments: 'optional',
  sentBy: 'users',
}
