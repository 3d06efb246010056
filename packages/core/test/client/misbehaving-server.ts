/** A real server on the loopback that misbehaves the way networks do, byte by byte. */
import { createServer, type Socket } from 'node:net';

export type Behavior = (socket: Socket, request: string) => void;

export interface MisbehavingServer {
  readonly url: string;
  /** Heads of the requests it saw. */
  readonly requests: string[];
  stop(): Promise<void>;
}

export async function startServer(behave: Behavior): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Breaking connections is what it is for.
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const request = data.toString();
      if (!/^[A-Z]+ \S+ HTTP/.test(request)) return;
      requests.push(request);
      behave(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export function respond(socket: Socket, body: string, head: readonly string[] = []): void {
  const bytes = Buffer.byteLength(body);
  const lines = ['HTTP/1.1 200 OK', `content-length: ${bytes}`, 'content-type: application/json', ...head];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

export const registered = JSON.stringify({ resultType: 'SUCCESS', success: { registered: true } });
