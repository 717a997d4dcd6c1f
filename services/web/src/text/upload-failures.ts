import type { FailureCode } from '../net/request-failure.ts'

const words: Partial<Record<FailureCode, string>> = {
  disconnected: 'There is no connection.',
  timeout: 'The server took too long to answer.',
  unavailable: 'The server takes no files at the moment.',
  internal: 'Something went wrong on the server.',
  rate_limited: 'That was too much at once. Try again in a moment.',
  storage_full: 'The server has no room left at the moment.',
  quota_exceeded: 'There is no room left for your files. Delete some that you have sent.',
  payload_too_large: 'It is larger than the server takes.',
  unsupported_media_type: 'This type of file is not taken here, or the file is not what its name says.',
  unreadable_file: 'The file is damaged: it cannot be read.',
  attachment_infected: 'There is a virus in it.',
  attachment_pending: 'It is still being checked.',
  blocked: 'You cannot send files to each other.',
  forbidden: 'You may not send files here.',
  not_found: 'This conversation is not there any more.',
  conversation_read_only: 'This conversation takes no messages any more.',
  conversation_closed: 'This conversation is closed.',
}

/** Why a file was not uploaded, in words for people; what the server says where there are none. */
export const uploadFailureText = (code: FailureCode, detail: string): string => words[code] ?? detail
