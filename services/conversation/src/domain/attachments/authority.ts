import type { Authority } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { attachmentChanged, attachmentInfected, linkPreviewed } from './attachment-changes.ts'
import { mayDownload, mayErase, mayUpload } from './attachment-rights.ts'
import { picturesInUse } from './pictures.ts'
import { sendOutcomes } from './send-outcomes.ts'

/** What the storage service asks on its own account, or of who uploads and looks; see the contract. */
export function createAuthority(deps: Deps): Authority {
  return {
    mayUpload: (actor, input) => mayUpload(deps, actor, input),
    attachmentRules: async ({ tenantId }) => ({ rules: (await deps.policies.of(tenantId)).attachments }),
    mayDownload: (actor, input) => mayDownload(deps, actor, input),
    sendOutcomes: (actor, input) => sendOutcomes(deps, actor, input),
    picturesInUse: picturesInUse(deps),
    attachmentChanged: (actor, input) => attachmentChanged(deps, actor, input),
    attachmentInfected: (actor, input) => attachmentInfected(deps, actor, input),
    mayErase: (actor, input) => mayErase(deps, actor, input),
    linkPreviewed: (actor, input) => linkPreviewed(deps, actor, input),
  }
}
