/** Routes that read and control the account. */

import type { AccountStatus } from '../../client/account/account-handle';
import { findAccountProblems } from '../../client/account/account-settings';
import { needs } from './access/guard-access';
import { accountBody, holdBody, parseAccountSettings, samplesQuery } from './account-requests';
import { accountSamplesSchema, accountSchema } from './answers-of-account';
import { answers } from './responses';
import { type ApiRoutes, withDeadline } from './tools';
import { validateBySchema } from './validate';

const RESULTING_STATE = answers('The resulting state.', accountSchema);

export const accountRoutes: ApiRoutes = async (app, { tools }) => {
  const account = tools.client.account();
  const control = (send: () => Promise<AccountStatus>) => tools.accountWatch.show(withDeadline(tools, send));
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
  app.get(
    '/v1/account/samples',
    {
      ...needs('read', 'account'),
      schema: {
        operationId: 'getAccountSamples',
        summary:
          'Get the account as it was at most two seconds ago, and its limit, jobs in flight and refusals over time',
        description:
          'The gateway samples the account once for all callers, every two seconds, from the first request until ten minutes after the last one.',
        querystring: samplesQuery,
        response: answers('The account and its samples.', accountSamplesSchema),
      },
    },
    ({ query: { after } }) => tools.accountWatch.read(after ?? null),
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
    ({ body }) => control(() => account.hold(body?.reason)),
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
    () => control(() => account.resume()),
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
    ({ body }) => control(() => account.set(parseAccountSettings(body))),
  );
};
