// Stands in for all services: ready at once, and says who it is and what it was given.
import { createServer } from 'node:http'

const { PORT, DATABASE_URL, NATS_URL, REDIS_URL, TOY_DIES } = process.env
if (TOY_DIES === 'at start') {
  console.error('the toy does not want to start')
  process.exit(3)
}
const server = createServer((request, response) => {
  if (request.url === '/die') {
    console.log('the toy was told to die')
    process.exit(7)
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ pid: process.pid, url: request.url, DATABASE_URL, NATS_URL, REDIS_URL }))
})
server.listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => {
  console.log('the toy ends in order')
  server.close()
  server.closeAllConnections()
})
