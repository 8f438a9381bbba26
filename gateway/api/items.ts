/** Routes of single images. */

import type { ItemHandle } from '../../client/items/item-handle';
import { toItemJson } from '../../client/items/item-json';
import { refuseTakenIds } from '../../client/items/taken-ids';
import type { StartImageOptions } from '../../input/requests/item-options';
import { findErrorName } from '../../workflows/domain/base/errors';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { isOpenState } from '../../workflows/domain/item/item';
import { imageSchema, startedImageSchema } from './answers';
import { cancelImageBody, findImageProblems, idParams, imageBody } from './requests';
import { answers, describeAccepted } from './responses';
import { type ApiRoutes, type ApiTools, withDeadline } from './tools';
import { validateBySchema } from './validate';

export const itemRoutes: ApiRoutes = async (app, { tools }) => {
  const { client } = tools;
  app.post(
    '/v1/images',
    {
      validatorCompiler: validateBySchema(findImageProblems),
      schema: {
        operationId: 'startImage',
        summary: 'Start an image, or find the one with the same id',
        body: imageBody,
        response: describeAccepted('The image is recorded and survives process restarts.', startedImageSchema),
      },
    },
    async ({ body }, reply) => {
      const options = withoutMissing(body);
      const { id, alreadyStarted } = await withDeadline(tools, () =>
        start(tools, options as unknown as StartImageOptions),
      );
      return reply.code(202).header('location', `/v1/images/${id}`).send({ id, alreadyStarted });
    },
  );
  app.get(
    '/v1/images/:id',
    {
      schema: {
        operationId: 'getImage',
        summary: 'Get the status or the result of an image',
        params: idParams,
        response: answers('The image.', imageSchema),
      },
    },
    ({ params: { id } }) => withDeadline(tools, () => toItemAnswer(client.item(id))),
  );
  app.post(
    '/v1/images/:id/cancel',
    {
      schema: {
        operationId: 'cancelImage',
        summary: 'Cancel an image: submit nothing more; a job in flight is collected, since it is charged',
        params: idParams,
        body: cancelImageBody.nullish(),
        response: answers(
          'The current image. While a job is collected, it continues, and ends as that job does. One that has ended does not change.',
          imageSchema,
        ),
      },
    },
    ({ params: { id }, body }) => withDeadline(tools, () => cancel(client.item(id), body?.now)),
  );
};

async function cancel(image: ItemHandle, now: boolean | undefined) {
  await image.cancel(withoutMissing({ now }));
  return toItemAnswer(image);
}

async function start(tools: ApiTools, options: StartImageOptions): Promise<ItemHandle> {
  const { client, store, log } = tools;
  await refuseTakenIds(client.temporal, store, [options], (error) =>
    log(`could not check an id in the store: ${findErrorName(error)}`),
  );
  return client.startImage(options);
}

async function toItemAnswer(image: ItemHandle) {
  const { submissions: _submissions, nextRetryAt, ...status } = await image.status();
  const end = isOpenState(status.state) ? null : findEnd(image.id, await image.report());
  return { ...status, nextRetryAt: nextRetryAt?.toISOString() ?? null, end };
}

function findEnd(imageId: string, report: Parameters<typeof toItemJson>[1]) {
  const { id: _id, ...end } = toItemJson(imageId, report);
  return end;
}
