/** Routes of single items, and their aliases for pictures. */

import type { ItemHandle } from '../../client/items/item-handle';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { isOpenState } from '../../workflows/domain/item/item';
import { toItemJson } from '../../workflows/domain/item/item-json';
import { needs } from './access/guard-access';
import { itemSchema, startedItemSchema } from './answers';
import { leaveToHandler } from './content-type';
import { linkSteps, toItemPath, withLinks } from './files/file-links';
import { describeForm, FORM_TYPE } from './form';
import { anyItemBody, cancelItemBody, findImageProblems, findItemProblems, imageBody, itemBody } from './item-requests';
import { idParams } from './requests';
import { answers, describeAccepted } from './responses';
import { ITEM_PART, ItemStarter } from './start-item';
import { type ApiRoutes, withDeadline } from './tools';
import { leaveBody } from './validate';

/** A path of items and what differs between items and pictures. */
const DOORS = [
  {
    path: '/v1/items',
    name: 'Item',
    noun: 'an item',
    suffix: '',
    body: itemBody,
    documented: anyItemBody,
    findProblems: findItemProblems,
    takesRecipes: true,
  },
  {
    path: '/v1/images',
    name: 'Image',
    noun: 'a picture',
    suffix: ': short for /v1/items',
    body: imageBody,
    documented: imageBody,
    findProblems: findImageProblems,
    takesRecipes: false,
  },
] as const;

const ITEM_FORM = describeForm(ITEM_PART, { type: 'object', description: 'the same JSON as without files' });

export const itemRoutes: ApiRoutes = async (app, { tools }) => {
  const { client } = tools;
  const starter = new ItemStarter(tools);
  app.addContentTypeParser(FORM_TYPE, leaveToHandler);
  for (const door of DOORS) {
    const { path, name, noun, suffix } = door;
    app.post(
      path,
      {
        validatorCompiler: leaveBody,
        ...needs('start', 'items'),
        schema: {
          operationId: `start${name}`,
          summary: `Start ${noun}, or find the one with the same id${suffix}`,
          body: door.documented,
          form: ITEM_FORM,
          response: describeAccepted('The item is recorded and survives process restarts.', startedItemSchema),
        },
      },
      async (request, reply) => {
        const { id, alreadyStarted } = await starter.start(request, door);
        return reply.code(202).header('location', `${path}/${id}`).send({ id, alreadyStarted });
      },
    );
    app.get(
      `${path}/:id`,
      {
        ...needs('read', 'items'),
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
        ...needs('operate', 'items'),
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

async function toItemAnswer(item: ItemHandle) {
  const { submissions: _submissions, nextRetryAt, steps: reached, ...status } = await item.status();
  const end = isOpenState(status.state) ? null : findEnd(item.id, await item.report());
  const steps = reached === undefined ? undefined : linkSteps(reached, toItemPath(item.id));
  return { ...status, nextRetryAt: nextRetryAt?.toISOString() ?? null, ...withoutMissing({ steps }), end };
}

function findEnd(itemId: string, report: Parameters<typeof toItemJson>[2]) {
  const { id: _id, operation: _operation, ...end } = toItemJson(itemId, null, report);
  return withLinks(end, toItemPath(itemId));
}
