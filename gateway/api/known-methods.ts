import type { FastifyInstance } from 'fastify';

/** Which methods a path has; to be asked for before the routes are added, of which it takes note. */
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

/** Of a route's address, whose parameters are whole parts of it; in none of ours is anything to be decoded. */
function toPattern(url: string): RegExp {
  return new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/%]+')}$`);
}
