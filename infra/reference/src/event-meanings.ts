import type { EventType, ServerEventName } from '@parley/contracts'

/** What an event is for. One without a line here does not compile; those of clients have theirs in the contracts. */
export const serverEventMeanings: Record<ServerEventName, string> = {
  ready:
    'The handshake is over: whatever is committed from now on arrives live. Load or sync after it, unless its `sync` says already what you missed.',
  new_message: 'In the order of `seq`, once, to every socket of every participant, your own included.',
  message_updated: 'Edited or deleted: the full present state, with a higher `rev`.',
  messages_read:
    'Somebody read up to `seq`. Above 50 participants `userId` is null and `readCount` says how many have read the last message.',
  messages_delivered:
    'Messages up to `seq` have come to a device of somebody’s; messages_read says so too. Above 50 participants `userId` is null and `deliveredCount` says how many have received the last message.',
  new_conversation: 'You are in a conversation that you were not in before.',
  conversation_updated: 'Its title, picture, metadata, context, status, or somebody’s role changed.',
  admin_broadcast:
    'From an admin, to everybody of the tenant who is connected; `GET /v1/broadcasts` has the last ones.',
  reports_changed: 'To the tenant’s admins: so many reports wait for a decision, counted up to 100.',
  webhook_disabled:
    'To the tenant’s admins: a webhook is told of nothing any more, because of what it answered. `GET /v1/webhooks` says so too.',
  participant_joined: 'Somebody came in.',
  participant_left: 'Somebody left or was removed; when it is you, nothing follows.',
  conversation_state: 'Yours alone, to all your sockets: unread count, own flags, and the cursor for the next `sync`.',
  message_hidden:
    'You have deleted a message for yourself, on this device or another: take it away. `conversation_state` follows with the new cursor.',
  user_updated:
    'Somebody with whom you are in a conversation, or you yourself, has another name or picture: put it wherever they stand. Best effort; whatever is loaded has the present names.',
  user_typing: 'To those who have the conversation open.',
  presence_changed:
    'Somebody whom you asked for by get_presence came, went, or is not to be seen by you any more (`unknown`). Best effort.',
  notification: 'You were told of something, or have read it on some device: for the bell of a page',
  scheduled_message_updated:
    'To all your sockets: a message that you scheduled is new, changed, sent, cancelled, or has failed, with why. Best effort; `GET /v1/scheduled-messages` has those that wait or have failed.',
  held_message_updated:
    'To all your sockets: a message of yours waits until somebody has looked at it, or was released or refused, with why. Best effort; `GET /v1/held-messages` has those that wait.',
  resync_required: 'More was missed than can be filled in: sync, or load the latest page. Null: everything.',
  heads:
    'Every half minute, where the conversations stand that you have open: whoever holds less has lost something on the way, and syncs.',
  session_ended:
    'The socket is closed right after this, and its token is of no use any more: do not come back with it. `revoked`: log in again; `ended`: this session was, by its user or an admin; `disabled`: the account is.',
  token_expiring:
    'The token that the socket came with ends in `inMs`: `refresh_token` goes on with another, or the socket is closed then.',
  server_draining: 'The socket is about to be closed, so that it reconnects elsewhere.',
}

export const eventTypeMeanings: Record<EventType, string> = {
  'conversation.created': 'A conversation and its first participants.',
  'conversation.updated': 'Its title, picture, metadata, context or status changed.',
  'message.created': 'A message was sent.',
  'message.updated': 'A message was edited.',
  'message.deleted': 'A message was deleted; `data` is the tombstone.',
  'message.transitioned':
    'An offer or a booking request came into another state: what was done, by whom, and the message as it is now.',
  'messages.read': 'Somebody read up to a message.',
  'messages.delivered': 'Messages up to one have come to a device of somebody’s; messages.read says so too.',
  'participant.joined': 'Somebody came in.',
  'participant.updated': 'Somebody has another role.',
  'participant.left': 'Somebody left it or was removed.',
}
