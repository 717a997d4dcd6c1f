export { Config } from './config.ts'
export { owners, systemTemplate } from './owners.ts'
export { createStandalone, type Standalone } from './standalone.ts'
