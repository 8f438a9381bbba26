/** Routes that read and control the account. */

import { findAccountProblems } from '../../client/account/account-settings';
import { needs } from './access/guard-access';
import { accountBody, holdBody, parseAccountSettings } from './account-requests';
import { accountSchema } from './answers';
import { answers } from './responses';
import { type ApiRoutes, withDeadline } from './tools';
import { validateBySchema } from './validate';

const RESULTING_STATE = answers('The resulting state.', accountSchema);

export const accountRoutes: ApiRoutes = async (app, { tools }) => {
  const account = tools.client.account();
  app.get(
    '/v1/account',
    {
      ...needs('read', 'account'),
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
      ...needs('operate', 'account'),
      schema: {
        operationId: 'holdAccount',
        summary: 'Hold the account: stop all submissions until it is resumed; jobs in flight are collected',
        body: holdBody.nullish(),
        response: RESULTING_STATE,
      },
    },
    ({ body }) => withDeadline(tools, () => account.hold(body?.reason)),
  );
  app.post(
    '/v1/account/resume',
    {
      ...needs('operate', 'account'),
      schema: {
        operationId: 'resumeAccount',
        summary: 'End the hold; after missing credits or a wrong key one item is submitted first, as a probe',
        response: RESULTING_STATE,
      },
    },
    () => withDeadline(tools, () => account.resume()),
  );
  app.patch(
    '/v1/account',
    {
      validatorCompiler: validateBySchema(findAccountProblems),
      ...needs('operate', 'account'),
      schema: {
        operationId: 'setAccount',
        summary:
          'Set upper bounds, the budget of a day, the balance below which the account is held, or the hours in which it spends',
        body: accountBody,
        response: RESULTING_STATE,
      },
    },
    ({ body }) => withDeadline(tools, () => account.set(parseAccountSettings(body))),
  );
};
