import type { Host } from '@parley/contracts'
import { entered } from './chat.ts'
import { getContext, upsertContexts } from './contexts/upsert-contexts.ts'
import { setMessageState } from './deals/set-message-state.ts'
import type { Deps } from './deps.ts'
import { importMessages } from './messages/import-messages.ts'
import { listRecipients } from './notifications/list-recipients.ts'
import { getHostUser, getUserUnread, setDisabled, upsertUsers } from './users/host-users.ts'

/** The use-cases behind the host contract. */
export function createHost(deps: Deps): Host {
  return {
    upsertUsers: entered(deps, upsertUsers),
    getUser: entered(deps, getHostUser),
    disableUser: entered(deps, (all, actor, input) => setDisabled(all, actor, input, true)),
    enableUser: entered(deps, (all, actor, input) => setDisabled(all, actor, input, false)),
    getUserUnread: entered(deps, getUserUnread),
    listRecipients: entered(deps, listRecipients),
    upsertContexts: entered(deps, upsertContexts),
    getContext: entered(deps, getContext),
    setMessageState: entered(deps, setMessageState),
    importMessages: entered(deps, importMessages),
  }
}
