export { notifierApi } from './api/notifier-api.ts'
export { Config } from './config.ts'
export { mountNotifier } from './mount.ts'
export { notifierOwner } from './store/owner.ts'
