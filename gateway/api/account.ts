/** Routes that read and control the account. */
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { accountSchema } from './answers';
import { accountBudgetBody, accountLimitBody, holdBody } from './requests';
import { answers } from './responses';
import { type ApiRoutes, withDeadline } from './tools';

const LED_TO = answers('The resulting state.', accountSchema);

export const accountRoutes: ApiRoutes = async (app, { tools }) => {
  const account = tools.client.account();
  app.get(
    '/v1/account',
    {
      schema: {
        operationId: 'getAccount',
        summary: 'Get the discovered limits, the holders of permits, and holds',
        response: answers('The account.', accountSchema),
      },
    },
    () => withDeadline(tools, () => account.status()),
  );
  app.post(
    '/v1/account/hold',
    {
      schema: {
        operationId: 'holdAccount',
        summary: 'Hold the account: stop all submissions until it is resumed; jobs in flight are collected',
        body: holdBody.nullish(),
        response: LED_TO,
      },
    },
    ({ body }) => withDeadline(tools, () => account.hold(body?.reason)),
  );
  app.post(
    '/v1/account/resume',
    {
      schema: {
        operationId: 'resumeAccount',
        summary: 'End the hold; after missing credits or a wrong key one item is submitted first, as a probe',
        response: LED_TO,
      },
    },
    () => withDeadline(tools, () => account.resume()),
  );
  app.post(
    '/v1/account/limit',
    {
      schema: {
        operationId: 'setAccountLimits',
        summary: 'Set upper bounds that are never exceeded, whatever limits are discovered',
        body: accountLimitBody,
        response: LED_TO,
      },
    },
    ({ body }) => withDeadline(tools, () => account.set({ limits: withoutMissing(body) })),
  );
  app.post(
    '/v1/account/budget',
    {
      schema: {
        operationId: 'setAccountBudget',
        summary: 'Set the daily budget, from midnight to midnight UTC',
        body: accountBudgetBody,
        response: LED_TO,
      },
    },
    ({ body }) => withDeadline(tools, () => account.set({ budget: withoutMissing(body) })),
  );
};
