/**
 * One development server for all test files of a run, each of which has namespaces of its own there. It is started when
 * the first file asks for it: most files need none.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { startTemporalServer, type TemporalServer } from '../tools/temporal';

let door: Server | null = null;
let server: Promise<TemporalServer> | null = null;

/** @returns the port at which test files ask for the server's address */
export async function offerSharedServer(cliPath: string): Promise<string> {
  door = createServer((socket) => {
    server ??= startTemporalServer({ cliPath, port: 0, uiPort: null });
    server.then(
      ({ address }) => socket.end(address),
      (error) => socket.destroy(error),
    );
    socket.on('error', (error) => console.error(error));
  });
  await once(door.listen(0, '127.0.0.1'), 'listening');
  return String((door.address() as AddressInfo).port);
}

/** @returns the server's address, once it answers */
export async function findSharedServer(port: string): Promise<string> {
  const address = await text(connect(Number(port), '127.0.0.1'));
  if (address === '') throw new Error('the server that all test files share has not started');
  return address;
}

export async function stopSharedServer(): Promise<void> {
  door?.close();
  await server?.then((started) => started.stop());
}
