import { findProgram } from './find-program.ts'
import type { OwnedServer, StartOptions, TestServer } from './server.ts'
import { type ServerKind, startServer } from './start-server.ts'
import { hears } from './until-answers.ts'

/**
 * A clamd that knows one virus, EICAR, by a signature of our own (its MD5 and length): freshclam's would be hundreds of megabytes, and are
 * not fetched. Its `url` is `tcp://`. A file that is longer than a megabyte it does not take.
 */
export function startClamd(options: StartOptions & { own: true }): Promise<OwnedServer>
export function startClamd(options?: StartOptions): Promise<TestServer>
export function startClamd(options: StartOptions = {}): Promise<TestServer> {
  return startServer(clamd, options)
}

/** Writes what clamd reads, in the folder that it is given, and becomes clamd. */
const SCRIPT = [
  'set -e',
  'mkdir -p "$3/signatures"',
  'echo "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature" > "$3/signatures/own.hdb"',
  'printf "%s\\n" "DatabaseDirectory $3/signatures" "TCPSocket $2" "TCPAddr $4" "LocalSocket $3/clamd.sock" "Foreground yes" ' +
    '"StreamMaxLength 1M" "SelfCheck 0" "LogVerbose yes" > "$3/clamd.conf"',
  'exec "$1" --config-file="$3/clamd.conf"',
].join('\n')

const clamd: ServerKind = {
  wanted: { title: 'clamd', variable: 'TEST_CLAMD_URL', debianPackage: 'clamav-daemon' },
  findProgram: () => findProgram('clamd'),
  local: (program) => ({
    name: 'clamd',
    program: '/bin/sh',
    args: ({ port, data }) => ['-c', SCRIPT, 'sh', program, String(port), data, '127.0.0.1'],
    url: (port) => `tcp://127.0.0.1:${port}`,
    // It takes connections at once, and answers them when it has read its signatures.
    ready: /Listening daemon|Self checking/,
    stopSignal: 'SIGKILL',
    restartSignal: 'SIGTERM',
  }),
  container: {
    image: 'clamav/clamav:1.4_base',
    port: 3310,
    command: ['sh', '-c', SCRIPT, 'sh', 'clamd', '3310', '/tmp', '0.0.0.0'],
    url: (host, port) => `tcp://${host}:${port}`,
    answers: (url) => hears(url, 'zPING\0', /PONG/),
  },
}
