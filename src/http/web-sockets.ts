import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { useServer as serveProtocol } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import { refusal, statusOfRefusal, whatToTell } from '../graphql/errors.js';
import type { Access } from './access/access.js';
import { asErrors } from './failures.js';
import type { Metrics } from './observability/metrics.js';
import type { Execute, Prepare } from './subscriptions.js';
import { stopping } from './traffic.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_SUBSCRIPTIONS_PER_SOCKET = 100;
const MAX_SOCKETS_PER_CALLER = 100;
const MAX_SOCKETS = 1000;
const MAX_UNREAD_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 12_000;
/** How long a socket may be there without saying what it wants. */
const INIT_TIMEOUT_MS = 3000;
/** How long a client may take to say goodbye when the server closes. */
const GOODBYE_MS = 1000;

/** Close codes: of the protocol for who may not (any more), of RFC 6455 for "try again later" and for a server's end. */
const FORBIDDEN = 4403;
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;
/** RFC 6455 has room for 123 bytes; cut, a character may come to three more. */
const MAX_REASON_BYTES = 120;

type Extra = { caller?: Caller };

export interface WebSocketOptions {
  readonly access: Access;
  readonly prepare: Prepare;
  readonly execute: Execute;
  readonly metrics: Metrics;
  /** The id of a request, or a new one. */
  readonly requestIdOf: (request: IncomingMessage) => string;
}

/**
 * Subscriptions over WebSocket, at /graphql. A socket proves itself once, by the Authorization header of its handshake
 * or, from browsers, which cannot send one, by `authorization` in the payload of connection_init; it is closed with 4403
 * when its key ends.
 */
export function serveWebSockets(
  app: FastifyInstance,
  { access, prepare, execute, metrics, requestIdOf }: WebSocketOptions,
): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  metrics.watchSockets(() => sockets.clients.size);
  const socketsOf = new Map<string, number>();
  let isStopping = false;

  const admit = async (socket: WebSocket, request: IncomingMessage, params: unknown): Promise<Caller | null> => {
    try {
      const caller = await access.authenticate({
        headers: request.headers,
        remoteAddress: request.socket.remoteAddress,
        authorization: authorizationIn(params),
      });
      const count = (socketsOf.get(caller.name) ?? 0) + 1;
      if (count > MAX_SOCKETS_PER_CALLER)
        throw new LundongError('RATE_LIMITED', `You have ${MAX_SOCKETS_PER_CALLER} sockets open; close some.`);
      if (socket.readyState !== socket.OPEN) return null;
      socketsOf.set(caller.name, count);
      const release = access.whileValid(caller, (reason) => socket.close(FORBIDDEN, asReason(reason)));
      socket.once('close', () => {
        release();
        const left = (socketsOf.get(caller.name) ?? 1) - 1;
        if (left === 0) socketsOf.delete(caller.name);
        else socketsOf.set(caller.name, left);
      });
      return caller;
    } catch (failure) {
      const error = whatToTell(failure);
      if (!(error instanceof LundongError)) throw error;
      socket.close(statusOfRefusal(error.code) === 503 ? TRY_AGAIN_LATER : FORBIDDEN, asReason(error));
      return null;
    }
  };

  const protocol = serveProtocol<Record<string, unknown>, Extra>(
    {
      isProd: true, // keeps what a fault of ours says out of the reason for closing
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: async ({ connectionParams, extra }) => {
        const caller = await admit(extra.socket, extra.request, connectionParams);
        if (caller === null) return false;
        extra.caller = caller;
        return true;
      },
      onSubscribe: ({ subscriptions, extra }, _id, payload) =>
        Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS_PER_SOCKET
          ? [refusal('COST_LIMIT', `A socket may have ${MAX_SUBSCRIPTIONS_PER_SOCKET} subscriptions at once.`)]
          : prepare(payload, {
              caller: extra.caller as Caller,
              requestId: requestIdOf(extra.request),
              transport: 'websocket',
            }),
      subscribe: execute,
    },
    sockets,
    KEEP_ALIVE_MS,
  );
  // The protocol writes every fault of a client to stderr, be it what it sends or that it is gone when it is answered;
  // ws has closed the socket by itself.
  sockets.on('connection', (client) => {
    client.removeAllListeners('error').on('error', (error) => app.log.debug({ err: error }, 'socket closed'));
    const send = client.send.bind(client) as (data: string, done: () => void) => void;
    client.send = ((data: string, done: () => void) => {
      // Who does not read what it asked for is not to be waited for: what is not read is memory.
      if (client.bufferedAmount > MAX_UNREAD_BYTES) client.terminate();
      send(data, () => done());
    }) as WebSocket['send'];
    client.on('ping', () => {
      if (client.bufferedAmount > MAX_UNREAD_BYTES) client.terminate();
    });
  });
  app.server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      continueWithoutUpgrade(app, request, socket, head);
      return;
    }
    // From here on the socket is nobody's but ours, and a client may drop it at any moment.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?')[0] !== '/graphql')
      refuseUpgrade(socket, '404 Not Found', asErrors('NOT_FOUND', 'WebSockets are served at /graphql.'));
    else if (isStopping)
      refuseUpgrade(socket, '503 Service Unavailable', asErrors('STOPPING', 'The server is being stopped.'));
    else if (sockets.clients.size >= MAX_SOCKETS)
      refuseUpgrade(
        socket,
        '503 Service Unavailable',
        asErrors('OVERLOADED', 'As many sockets are open as the server has room for; try again in a moment.'),
      );
    else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });
  app.addHook('preClose', async () => {
    isStopping = true;
    const impatience = setTimeout(() => {
      for (const client of sockets.clients) client.terminate();
    }, GOODBYE_MS);
    const reason = asReason(stopping('The server is being stopped'));
    for (const client of sockets.clients) client.close(GOING_AWAY, reason);
    await protocol.dispose();
    clearTimeout(impatience);
  });
}

function authorizationIn(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  const [, value] = Object.entries(params).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value : undefined;
}

function asReason({ code, message }: LundongError): string {
  return Buffer.from(`${code}: ${message}`).subarray(0, MAX_REASON_BYTES).toString();
}

function refuseUpgrade(socket: Duplex, status: string, body: object): void {
  const text = JSON.stringify(body);
  const later = status.startsWith('503') ? 'Retry-After: 1\r\n' : '';
  const headers = `${later}Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`, () => socket.destroy());
}

/**
 * A server may ignore an offer to upgrade, as to h2c, which Java's client makes with every first request; but Node hands
 * over the socket as soon as anybody listens for any upgrade. So the request is read once more, without the offer.
 */
function continueWithoutUpgrade(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const headers: string[] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name, value] = request.rawHeaders.slice(at, at + 2) as [string, string];
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) headers.push(`${name}: ${value}\r\n`);
  }
  const start = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n${headers.join('')}\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(start, 'latin1'), head]));
  app.server.emit('connection', socket);
}
