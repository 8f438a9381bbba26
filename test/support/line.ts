/** An address of its own that leads to another one until it is cut: to its clients that is a server that went away. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

export interface Line {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Ends what is connected, and takes nobody any more. May be called again. */
  cut(): Promise<void>;
  /** After a cut, leads there again. */
  restore(): Promise<void>;
}

/** @param to `127.0.0.1:<port>` */
export async function startLine(to: string): Promise<Line> {
  const port = Number(to.split(':')[1]);
  const sockets = new Set<Socket>();
  const lead = (near: Socket) => {
    const far = connect(port, '127.0.0.1');
    sockets.add(near);
    // Whichever end goes first takes the other along; that it did is all there is to say.
    pipeline(near, far, near, () => sockets.delete(near));
  };
  const listen = async (at: number): Promise<Server> => {
    const server = createServer(lead);
    await once(server.listen(at, '127.0.0.1'), 'listening');
    return server;
  };
  let server = await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    address: `127.0.0.1:${own}`,
    cut: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restore: async () => {
      server = await listen(own);
    },
  };
}
