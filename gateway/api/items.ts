/** Routes of single items, and their aliases for pictures. */
import { InvalidRequestError, type StartItemOptions } from '../../client';
import type { ItemHandle } from '../../client/items/item-handle';
import { toItemJson } from '../../client/items/item-json';
import { refuseTakenIds } from '../../client/items/taken-ids';
import { storeFiles } from '../../input/pictures/resolve-options';
import { findErrorName } from '../../workflows/domain/base/errors';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { isOpenState } from '../../workflows/domain/item/item';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import { itemSchema, startedItemSchema } from './answers';
import { cancelItemBody, findImageProblems, findItemProblems, imageBody, itemBody } from './item-requests';
import { idParams } from './requests';
import { answers, describeAccepted } from './responses';
import { type ApiRoutes, type ApiTools, batchContext, withDeadline } from './tools';
import { validateBySchema } from './validate';

/** A path of items and what differs between items and pictures. */
const DOORS = [
  {
    path: '/v1/items',
    name: 'Item',
    noun: 'an item',
    suffix: '',
    body: itemBody,
    findProblems: findItemProblems,
  },
  {
    path: '/v1/images',
    name: 'Image',
    noun: 'a picture',
    suffix: ': short for /v1/items',
    body: imageBody,
    findProblems: findImageProblems,
  },
] as const;

export const itemRoutes: ApiRoutes = async (app, { tools }) => {
  const { client } = tools;
  for (const { path, name, noun, suffix, body: bodySchema, findProblems } of DOORS) {
    app.post(
      path,
      {
        validatorCompiler: validateBySchema(findProblems),
        schema: {
          operationId: `start${name}`,
          summary: `Start ${noun}, or find the one with the same id${suffix}`,
          body: bodySchema,
          response: describeAccepted('The item is recorded and survives process restarts.', startedItemSchema),
        },
      },
      async ({ body }, reply) => {
        const options = withoutMissing({ ...body, operation: body.operation ?? DEFAULT_OPERATION });
        const { id, alreadyStarted } = await withDeadline(tools, () =>
          start(tools, options as unknown as StartItemOptions),
        );
        return reply.code(202).header('location', `${path}/${id}`).send({ id, alreadyStarted });
      },
    );
    app.get(
      `${path}/:id`,
      {
        schema: {
          operationId: `get${name}`,
          summary: `Get the status or the result of ${noun}${suffix}`,
          params: idParams,
          response: answers('The item.', itemSchema),
        },
      },
      ({ params: { id } }) => withDeadline(tools, () => toItemAnswer(client.item(id))),
    );
    app.post(
      `${path}/:id/cancel`,
      {
        schema: {
          operationId: `cancel${name}`,
          summary: `Cancel ${noun}: submit nothing more; a job in flight is collected, since it is charged${suffix}`,
          params: idParams,
          body: cancelItemBody.nullish(),
          response: answers(
            'The current item. While a job is collected, it continues, and ends as that job does. One that has ended does not change.',
            itemSchema,
          ),
        },
      },
      ({ params: { id }, body }) => withDeadline(tools, () => cancel(client.item(id), body?.now)),
    );
  }
};

async function cancel(item: ItemHandle, now: boolean | undefined) {
  await item.cancel(withoutMissing({ now }));
  return toItemAnswer(item);
}

async function start(tools: ApiTools, options: StartItemOptions): Promise<ItemHandle> {
  const { client, store, log } = tools;
  const { newInputs } = batchContext(tools);
  const { options: stored, problems } = await storeFiles(newInputs(), () => store.inputs, options);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  await refuseTakenIds(client.temporal, store, [stored], (error) =>
    log(`could not check an id in the store: ${findErrorName(error)}`),
  );
  return client.startItem(stored);
}

async function toItemAnswer(item: ItemHandle) {
  const { submissions: _submissions, nextRetryAt, ...status } = await item.status();
  const end = isOpenState(status.state) ? null : findEnd(item.id, await item.report());
  return { ...status, nextRetryAt: nextRetryAt?.toISOString() ?? null, end };
}

function findEnd(itemId: string, report: Parameters<typeof toItemJson>[2]) {
  const { id: _id, operation: _operation, ...end } = toItemJson(itemId, null, report);
  return end;
}
