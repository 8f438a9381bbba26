/** An address of its own that leads to another one until it is cut: to its clients that is a server that went away. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

interface Line {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Ends what is connected, and takes nobody any more. May be called again. */
  cut(): Promise<void>;
}

/** @param to `127.0.0.1:<port>` */
export async function startLine(to: string): Promise<Line> {
  const port = Number(to.split(':')[1]);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.add(near);
    // Whichever end goes first takes the other along; that it did is all there is to say.
    pipeline(near, far, near, () => sockets.delete(near));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const closed = once(server, 'close');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
