import type { FastifyInstance } from 'fastify';

/** Returns a lookup of the methods of a path. Call it before the routes are added: it observes each one. */
export function knownMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ path: toPattern(url), methods: [method].flat() });
  });
  return (url) => {
    const path = (url.split('?')[0] ?? '').replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
    const methods = routes.flatMap((route) => (route.path.test(path) ? route.methods : []));
    return [...new Set(methods)].sort();
  };
}

/** A pattern for a route's path. Parameters are whole segments. */
function toPattern(url: string): RegExp {
  return new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+').replace(/\*/g, '.*')}$`);
}
