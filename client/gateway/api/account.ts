/** The account: its limits, who uses them, and whether it is held. */
import { accountSchema } from './answers';
import { answers } from './responses';
import { type ApiRoutes, inTime } from './tools';

export const accountRoutes: ApiRoutes = async (app, { tools }) => {
  app.get(
    '/v1/account',
    {
      schema: {
        operationId: 'getAccount',
        summary: 'The limits that were found, who uses them, and whether the account is held',
        response: answers('The account.', accountSchema),
      },
    },
    () => inTime(tools, () => tools.client.account().status()),
  );
};
