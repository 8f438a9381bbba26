/** An address that leads to a server until it is cut: to its clients that is a server that went away. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { pickLowPort } from '../../tools/compose/low-port';

export interface Line {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Ends all connections, and accepts no others. May be called again. */
  cut(): Promise<void>;
  /** After a cut, leads there again, unless it is closed. */
  restore(): Promise<void>;
  /** Cuts it for good. */
  close(): Promise<void>;
}

/** @param to `127.0.0.1:<port>` */
export async function startLine(to: string): Promise<Line> {
  const port = Number(to.split(':')[1]);
  const sockets = new Set<Socket>();
  const lead = (near: Socket) => {
    const far = connect(port, '127.0.0.1');
    sockets.add(near);
    // The end that closes first closes the other; nothing else needs to be known.
    pipeline(near, far, near, () => sockets.delete(near));
  };
  const listen = async (at: number): Promise<Server> => {
    const server = createServer(lead);
    await once(server.listen(at, '127.0.0.1'), 'listening');
    return server;
  };
  // No connection takes it while the line is cut.
  const own = await pickLowPort();
  let server = await listen(own);
  let isClosed = false;
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    address: `127.0.0.1:${own}`,
    cut,
    restore: async () => {
      if (!isClosed) server = await listen(own);
    },
    close: () => {
      isClosed = true;
      return cut();
    },
  };
}
