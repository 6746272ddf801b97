// Whether a server answers in its own words, asked with nothing but a socket.
import { connect, createServer } from 'node:net'

export async function answersRedis(port) {
  return (await firstAnswer(port, 'PING\r\n')).startsWith('+PONG')
}

/** The first frame after the protocol's header: method, channel 0. */
export async function answersAmqp(port) {
  return (await firstAnswer(port, 'AMQP\u0000\u0000\u0009\u0001')).startsWith('\u0001\u0000\u0000')
}

function firstAnswer(port, question) {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = answer => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2000, () => finish(''))
    socket.on('error', () => finish(''))
    socket.on('close', () => finish(''))
    socket.on('connect', () => socket.write(question, 'latin1'))
    socket.on('data', data => finish(data.toString('latin1')))
  })
}

/** A port that nobody has now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
