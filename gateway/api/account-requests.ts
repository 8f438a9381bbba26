/** Schemas of the API's requests about the account. */
import { z } from 'zod';
import type { AccountSettings } from '../../client/account/account-settings';
import { findTimezoneProblem } from '../../input/requests/schedule-terms';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { findReasonProblem } from '../../workflows/domain/batch/settings-checks';
import { addressSchema } from './notify-fields';
import { refineSchema } from './refine-schema';
import { ABOVE_0, atMost, FROM_0, JOBS, operationSchema, requireOne } from './requests';

/** As `parseWindow` reads it. */
const WINDOW_PATTERN = '^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$';

/** A cost without a price would bound nothing. */
const COST_NEEDS_PRICE = {
  anyOf: [{ properties: { cost: { type: 'null' } } }, { required: ['price'] }, { required: ['prices'] }],
};

export const samplesQuery = z.strictObject({
  after: z.iso
    .datetime({ error: 'must be the time of a sample, like 2026-05-01T00:00:00.000Z' })
    .optional()
    .describe('only samples after this time; default all'),
});

export const holdBody = z.strictObject({
  reason: refineSchema(z.string(), findReasonProblem)
    .meta({ maxLength: 200 })
    .optional()
    .describe('shown with the hold'),
});

export const accountBody = z
  .strictObject({
    limits: requireOne(
      z.strictObject({
        maxConcurrency: atMost(z.int().meta(JOBS), 'maximum jobs in flight'),
        maxRate: atMost(z.number().meta(ABOVE_0), 'maximum submissions per second'),
      }),
    )
      .optional()
      .describe('upper bounds that are never exceeded, whatever limits are discovered'),
    budget: requireOne(
      z.strictObject({
        submissions: atMost(z.int().meta(FROM_0), 'maximum submissions per day'),
        cost: atMost(z.number().meta(FROM_0), 'maximum cost per day, in the unit of the prices'),
        price: z
          .number()
          .meta(FROM_0)
          .optional()
          .describe('price of a single item, and of a submission of batches without prices; required with cost'),
        prices: z
          .partialRecord(operationSchema, z.number().meta(FROM_0))
          .optional()
          .describe('prices of single items by operation'),
      }),
    )
      .meta(COST_NEEDS_PRICE)
      .optional()
      .describe('daily budget, from midnight to midnight UTC'),
    holdBelow: requireOne(
      z.strictObject({
        usd: atMost(z.number().meta(ABOVE_0), 'least balance in USD'),
        credits: atMost(z.number().meta(ABOVE_0), 'least balance in credits'),
      }),
    )
      .optional()
      .describe('hold the account while its balance, as answers report it, is below this'),
    hours: z
      .strictObject({
        windows: z
          .array(z.string().meta({ pattern: WINDOW_PATTERN }))
          .meta({ minItems: 1, maxItems: 24 })
          .describe('local times, the end excluded: 22:00-06:00'),
        timezone: refineSchema(z.string(), findTimezoneProblem)
          .optional()
          .describe('name of the IANA database; default UTC'),
      })
      .nullable()
      .optional()
      .describe('the hours of the day in which the account spends; null: at any time'),
    notify: addressSchema
      .nullable()
      .optional()
      .describe(
        'https address that receives a signed POST when the account is held and when it is resumed; null: none',
      ),
  })
  // The library says which settings there are.
  .meta({ minProperties: 1 })
  .describe('absent settings do not change');

export function parseAccountSettings({
  limits,
  budget,
  holdBelow,
  hours,
  notify,
}: z.output<typeof accountBody>): AccountSettings {
  return withoutMissing({
    limits: limits && withoutMissing(limits),
    budget: budget && withoutMissing(budget),
    holdBelow: holdBelow && withoutMissing(holdBelow),
    hours: hours && { windows: hours.windows, ...withoutMissing({ timezone: hours.timezone }) },
    notify,
  });
}
