/** A file server on 127.0.0.1 that can be told to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Served {
  readonly path: string
  readonly range: string | undefined
}

export interface TestServer {
  readonly address: string
  readonly requests: Served[]
  close(): Promise<void>
}

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

export async function serve(answer: Answer): Promise<TestServer> {
  const requests: Served[] = []
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', range: request.headers.range })
    answer(request, response, requests.length)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Sends the bytes from the range asked for; `cutAfter` bytes later the connection breaks. */
export function sendBytes(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  options: { cutAfter?: number; ranges?: boolean } = {},
): void {
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  const from = asked && options.ranges !== false ? Number(asked[1]) : 0
  if (from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    return
  }
  const body = bytes.subarray(from)
  const headers = { 'content-length': body.length }
  if (from > 0) {
    response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
  } else response.writeHead(200, headers)
  if (options.cutAfter === undefined || options.cutAfter >= body.length) response.end(body)
  else response.write(body.subarray(0, options.cutAfter), () => setTimeout(() => response.destroy(), 20))
}
