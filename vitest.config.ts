import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const MODULES = ['{packages,services,infra}/*/src/**/*.test.ts']
const END_TO_END = ['{packages,services,infra}/*/src/**/*.e2e.test.ts', 'examples/*.test.js']

/** They fill the machine, or promise times that a full one does not keep: after all others, one at a time. */
const ALONE = [
  'infra/chaos/src/chaos.e2e.test.ts',
  'infra/chaos/src/gateways.e2e.test.ts',
  'services/system-tests/src/chat/load.e2e.test.ts',
  'packages/runtime/src/rate-limiter.redis.test.ts',
]

/** Each has many processes, and waits for them half of its time: after those that run side by side, two at a time. */
const PAIRED = [
  'infra/bench/src/bench.e2e.test.ts',
  'infra/chaos/src/nats-cluster.e2e.test.ts',
  'infra/chaos/src/pairs.e2e.test.ts',
]

/** Of those that run side by side, what takes longest though it is short to read: the last to end should be a short one. */
const LONG = [
  'infra/chaos/src/failpoints.e2e.test.ts',
  'services/conversation/src/store/store.pg.test.ts',
  'services/conversation/src/store/store.pglite.test.ts',
  'services/system-tests/src/authorisation/authorisation.e2e.test.ts',
  'services/system-tests/src/browser/browser-business.e2e.test.ts',
  'services/system-tests/src/process/standalone.e2e.test.ts',
  'infra/cluster/src/cluster.e2e.test.ts',
]

for (const file of [...ALONE, ...PAIRED, ...LONG])
  if (!existsSync(join(import.meta.dirname, file))) throw new Error(`${file} is not there: mend its path in this list`)

/**
 * What is end to end first, since only files of modules that follow one another share a process; of each LONG first; then in vitest's order:
 * what failed, what took longest the last time, and where nothing is known the largest.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const place = LONG.indexOf(relative(import.meta.dirname, moduleId))
      return (project.name === 'modules' ? LONG.length + 1 : 0) + (place < 0 ? LONG.length : place)
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

function project(test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return {
    // Packages are tested from their sources: the `source` export condition points there.
    ssr: { resolve: { conditions: ['source', 'node', 'development|production'], mainFields: [] } },
    test: {
      // what comes, comes when the machine has time for it: these end what hangs, and promise nothing
      testTimeout: 90_000,
      hookTimeout: 180_000,
      expect: { poll: { timeout: 20_000 } },
      ...test,
    },
  }
}

const sideBySide = {
  // More than there are cores: a good part of a test is waiting.
  maxWorkers: availableParallelism() + 1,
  // Statements with a deadline and browsers share two cores with all of this, and miss one now and then; what is wrong fails every time.
  retry: 2,
  // biome-ignore lint/suspicious/noUndeclaredEnvVars: no task of Turborepo runs tests
  ...(process.env.TEST_AGAIN && { runner: 'packages/testkit/src/again-runner.ts' }),
}

export default defineConfig({
  test: {
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files of modules share a process, and what it has loaded: to load it for each of three hundred files took longer than most of them.
      project({ name: 'modules', include: MODULES, exclude: [...ALONE, ...END_TO_END], isolate: false, ...sideBySide }),
      project({ name: 'together', include: END_TO_END, exclude: [...ALONE, ...PAIRED], ...sideBySide }),
      project({ name: 'paired', include: PAIRED, maxWorkers: 2, retry: 1, sequence: { groupOrder: 1 } }),
      project({ name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } }),
    ],
  },
})
