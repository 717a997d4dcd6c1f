import type { MessageKind } from './kind.ts'

export const fileKind: MessageKind = {
  type: 'file',
  payload: null,
  content: 'optional',
  attachments: 'required',
  sentBy: 'users',
}
