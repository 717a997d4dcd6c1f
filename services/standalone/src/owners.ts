import { conversationOwner } from '@parley/conversation'
import { notifierOwner } from '@parley/notifier'
import { storageOwner } from '@parley/storage'

/** Everybody who has tables in the database, in the order in which they are migrated. */
export const owners = [conversationOwner, storageOwner, notifierOwner] as const

/** A data folder for the embedded database with the migrations of all of them, made by the build: a first start from it skips initdb. */
export const systemTemplate = new URL('../dist/pglite-template.tar.gz', import.meta.url)
