import { ParleyError } from '@parley/contracts'
import type { Storage } from '../domain/storage.ts'
import { plainType, refuseUnfit } from '../domain/uploads/unfit.ts'
import type { IncomingFiles } from '../incoming/incoming-files.ts'
import type { ResumableUploadsDeps, SaidOfFile } from '../incoming/resumable-uploads.ts'
import { readUploadFields } from './upload-fields.ts'

export interface ResumableFilesDeps {
  storage: Pick<Storage, 'admitUpload' | 'keepFile' | 'findUploaded'>
  incoming: IncomingFiles
}

/** What becomes of resumable uploads: the same as of the files of a form. */
export function resumableFiles({
  storage,
  incoming,
}: ResumableFilesDeps): Pick<ResumableUploadsDeps, 'admit' | 'keep' | 'kept'> {
  return {
    async admit(actor, { said, size }, waiting) {
      const { place, mime } = read(said)
      const rules = await storage.admitUpload(actor, place)
      refuseUnfit(rules, { purpose: place.purpose, size, mime })
      if (rules.userQuotaBytes !== null && waiting + size > rules.userQuotaBytes)
        throw new ParleyError('quota_exceeded', 'There is no room for this file')
    },
    async keep(actor, { said, size, path, sha256 }, key) {
      const before = await storage.findUploaded(actor, key)
      if (before) return before
      const { place, name, mime } = read(said)
      // Again: days may lie between the first byte and the last.
      const rules = await storage.admitUpload(actor, place)
      await using folder = await incoming.open()
      return storage.keepFile(actor, { ...place, rules, key, folder: folder.path }, { path, name, mime, size, sha256 })
    },
    kept: (actor, key) => storage.findUploaded(actor, key),
  }
}

/** Clients of tus say more of a file than we ask for, and have two names for each thing. */
function read(said: SaidOfFile) {
  const fields: Record<string, string> = {}
  for (const name of ['purpose', 'conversationId', 'peaks', 'durationMs']) if (said[name]) fields[name] = said[name]
  return {
    place: readUploadFields(fields),
    name: said.filename || said.name || '',
    mime: plainType(said.filetype || said.type),
  }
}
