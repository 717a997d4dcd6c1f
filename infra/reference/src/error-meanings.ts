import { type ErrorCode, errorStatus } from '@parley/contracts'

/** When a caller reads which code. A code without a line here does not compile. */
const errorMeanings: Record<ErrorCode, string> = {
  malformed: 'The request cannot be read: broken JSON, a wrong encoding, a body that is not as long as it says.',
  unauthenticated:
    'There is no token, or it is not valid (any more). The reply names the scheme in `WWW-Authenticate`.',
  forbidden:
    'You are known, and may not do this: change what another person wrote, add to a group that you do not own.',
  blocked: 'One of you has blocked the other.',
  quota_exceeded: 'You, or all of you together, have stored as much as your rules allow.',
  not_found: 'There is no such thing, or you may not know that there is.',
  conversation_read_only: 'The conversation can only be read.',
  conversation_closed: 'The conversation has ended.',
  edit_window_closed: 'The message is too old to be edited or deleted.',
  already_decided: 'Somebody has accepted, declined or withdrawn it before you.',
  rejected_by_host:
    'The host does not let it through, and says why in words that may be shown to whoever wrote it. Again it is asked again.',
  held_for_review:
    'It was taken, and waits until somebody has looked at it: nobody else sees it. Not a failure, and nothing to be sent again: ' +
    'with the same key it is answered the same. `GET /v1/held-messages` has it, `held_message_updated` says what becomes of it.',
  webhook_disabled: 'The webhook is turned off. Turn it on first.',
  attachment_pending: 'It is still being checked for viruses. Ask again after `Retry-After`.',
  attachment_infected: 'It holds a virus, and nobody gets it.',
  wrong_offset: 'A resumable upload has come to another place than the one that you go on from: ask where.',
  payload_too_large:
    'The body is larger than 1 MiB, a file larger than your rules allow, or what it asks for does not fit into one call.',
  unsupported_media_type:
    'The body has another content type than `application/json`, or a file is of a type that may not be attached, or not of the type that it says.',
  range_not_satisfiable: 'The file ends before the range that was asked for.',
  invalid_input: 'The request can be read, but a field is missing, unknown or not right. `errors` names each place.',
  key_reused: 'The idempotency key was used before, with another body.',
  unreadable_file: 'The file is empty, cut off or broken, or larger when it is unpacked than anybody may make it.',
  rate_limited: 'Too many requests. Wait as long as `Retry-After` says.',
  internal: 'A fault of ours. `requestId` finds it in the logs.',
  not_supported: 'This installation does not do that: what it needs is not set up.',
  unavailable: 'Overloaded, or a part of the system is out of reach. Repeat it after `Retry-After`, with the same key.',
  storage_full: 'There is no room left for files. Nothing of it was kept; everything else goes on.',
}

/** docs/reference/errors.md */
export function errorsPage(): string {
  const rows = Object.entries(errorMeanings).map(
    ([code, when]) => `| \`${code}\` | ${errorStatus[code as ErrorCode]} | ${when} |`,
  )
  return `# Errors

Every failure carries one of these codes. They are stable: branch on the code, never on the text. More codes may come;
treat one that you do not know by its HTTP status, and at a socket as \`internal\`.

- REST answers \`application/problem+json\` (RFC 9457):
  \`{ type, title, status, detail, code, requestId, errors? }\`; \`Retry-After\` is in seconds.
- Sockets acknowledge \`{ ok: false, error: { code, message, retryAfterMs?, errors? } }\`. A refused handshake has the same
  object in the \`data\` of its \`connect_error\`.
- \`errors\` holds at most ten places: \`{ pointer, code, detail }\`, where \`pointer\` is a JSON pointer (RFC 6901).

| code | HTTP status | when |
|---|---|---|
${rows.join('\n')}
`
}
