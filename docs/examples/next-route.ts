/**
 * A route of Next.js that makes images: app/images/[id]/route.ts.
 *
 *   const connected = ImagePipelineClient.connect({ env: process.env });
 *   export const { PUT, GET } = createRoute(() => connected);
 *   export const runtime = 'nodejs';
 *
 * PUT with the caller's own id makes retries safe: the same id finds the same image and pays once. GET returns the status until the
 * image is there, and then its bytes.
 */
import {
  FileMissingError,
  type ImagePipelineClient,
  InvalidRequestError,
  ItemNotFoundError,
  type RequestOf,
} from 'imagepipeline-temporal';

interface RouteContext {
  readonly params: Promise<{ readonly id: string }>;
}

type Handler = (request: Request, context: RouteContext) => Promise<Response>;

export function createRoute(connect: () => Promise<ImagePipelineClient>): {
  readonly PUT: Handler;
  readonly GET: Handler;
} {
  return {
    PUT: answering(async (request, { params }) => {
      const { id } = await params;
      // `startImage` checks every field.
      const body = (await request.json()) as RequestOf<'generate/image'>;
      await (await connect()).startImage({ id, request: body });
      return Response.json({ id }, { status: 202 });
    }),
    GET: answering(async (_request, { params }) => {
      const item = (await connect()).item((await params).id);
      try {
        const file = await item.download();
        return new Response(new Uint8Array(await file.read()), {
          headers: { 'content-type': file.type, etag: `"${file.sha256}"` },
        });
      } catch (error) {
        if (!(error instanceof FileMissingError)) throw error;
        // It has not ended, or has ended without a result: the status says which.
        return Response.json(await item.status());
      }
    }),
  };
}

function answering(handler: Handler): Handler {
  return async (request, context) => {
    try {
      return await handler(request, context);
    } catch (error) {
      if (error instanceof InvalidRequestError) return Response.json({ problems: error.problems }, { status: 422 });
      if (error instanceof ItemNotFoundError) return Response.json({ error: error.message }, { status: 404 });
      if (error instanceof SyntaxError) return Response.json({ error: 'the body is not JSON' }, { status: 400 });
      throw error;
    }
  };
}
