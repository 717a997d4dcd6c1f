import { expect, test } from 'vitest'
import { runTokenCommand } from './token-cli.ts'

function call(args: string[], env: NodeJS.ProcessEnv = {}) {
  const out = { stdout: '', stderr: '' }
  const code = runTokenCommand(args, {
    env,
    stdout: (text) => {
      out.stdout += text
    },
    stderr: (text) => {
      out.stderr += text
    },
  })
  return { code, ...out }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

test('prints the token alone on stdout', () => {
  const { code, stdout, stderr } = call(['--user', 'ana', '--role', 'customer', '--name', 'Ana', '--ttl', '7d'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  const { iat, exp, jti, ...claims } = claimsOf(stdout)
  expect(claims).toEqual({ sub: 'ana', role: 'customer', name: 'Ana' })
  // each is a session of its own
  expect(jti).not.toBe(claimsOf(call(['--user', 'ana']).stdout).jti)
  expect(exp - iat).toBe(7 * 86_400)
  expect(stderr).toContain('development secret')
})

test.each([
  [[]],
  [['--user']],
  [['--user', 'ana', '--admin']],
  [['--user', 'ana', 'stray']],
  [['--user', 'ana', '--ttl', '7']],
  [['--user', 'ana', '--ttl', '366d']],
  [['--user', 'ana', '--ttl', '0s']],
])('wrong arguments get the usage and code 2: %j', (args) => {
  const { code, stdout, stderr } = call(args)
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('Usage: npm run token')
})

test('signs nothing in production, with a public key, or for what would be refused', () => {
  const secret = 's'.repeat(40)
  const refused = [
    call(['--user', 'ana'], { NODE_ENV: 'production', JWT_SECRET: secret }),
    call(['--user', 'ana'], { JWT_JWKS_URL: 'https://id.example/keys' }),
    call(['--user', 'ana', '--tenant', 'No Tenant']),
  ]
  for (const { code, stdout, stderr } of refused) {
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).not.toBe('')
    expect(stderr).not.toContain(secret)
  }
})
