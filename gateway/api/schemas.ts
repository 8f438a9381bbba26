/** Serves the JSON schemas of what callers of other languages send to our workflows, and receive. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';

/** In `dist`, and in a checkout. */
const FOLDER = path.join(__dirname, '..', '..', 'schemas');
const PATH = '/schemas';

/** Each file at its name, and the list of them. */
export function addSchemas(app: FastifyInstance): void {
  const names = readdirSync(FOLDER).sort();
  const options = { exposeHeadRoute: true, schema: { hide: true } };
  app.get(PATH, options, async () => ({ schemas: names.map((name) => `${PATH}/${name}`) }));
  for (const name of names) {
    const schema: unknown = JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'));
    app.get(`${PATH}/${name}`, options, async () => schema);
  }
}
