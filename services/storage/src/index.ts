export { Config } from './config.ts'
export { storageOwner } from './store/owner.ts'
