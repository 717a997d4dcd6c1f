import { defineConfig } from 'vitest/config'

/** Packages are tested from their sources: the `source` export condition points there. */
export default defineConfig({
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    include: ['{packages,services,infra}/*/src/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // what comes, comes when the machine has time for it
    expect: { poll: { timeout: 10_000 } },
  },
})
