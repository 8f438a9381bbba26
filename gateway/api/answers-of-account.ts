/** Schemas of the answers about the account. */
import { z } from 'zod';
import { cause, count, holdSchema, notifications, time } from './answer-parts';

const daySum = z.object({ submissions: count, cost: z.number() });

export const accountSchema = z
  .object({
    account: z.string(),
    limit: z.number().describe('jobs that may currently be in flight'),
    inFlight: count,
    refusals: count.describe('submissions that a limit has refused since the governor began; they are free'),
    ratePerSecond: z.number().nullable(),
    hold: holdSchema.nullable().describe('the first hold of the whole account; null if only operations are held'),
    holds: z
      .array(
        z.object({
          operation: z.string().nullable().describe('the operation that is held; null: all'),
          code: z.string(),
          since: time,
          until: time.nullable(),
          cause,
          remedy: z.string(),
          probing: z.boolean().describe('one item is submitted as a probe, to check whether the cause has cleared'),
          nextProbeAt: time.nullable().describe('time of the next automatic probe'),
        }),
      )
      .readonly()
      .describe('all holds: first those of the account, then those of single operations'),
    balance: z
      .object({ usd: z.number().nullable(), credits: z.number().nullable(), at: time.describe('when it was reported') })
      .nullable()
      .describe('the newest balance that an answer has reported'),
    holdBelow: z
      .object({ usd: z.number().nullable(), credits: z.number().nullable() })
      .describe('the account is held while its balance is below this'),
    hours: z
      .object({ windows: z.array(z.string()).readonly(), timezone: z.string() })
      .nullable()
      .describe('the hours of the day in which it spends; null: at any time'),
    day: z
      .object({
        date: z.string().describe('of UTC'),
        allowed: z.object({ submissions: count.nullable(), cost: z.number().nullable() }).nullable(),
        spent: daySum,
        setAside: daySum,
      })
      .describe('spending of today, and its bounds'),
    holders: z
      .array(
        z.object({
          id: z.string(),
          kind: z.enum(['batch', 'item']),
          weight: z.number(),
          permits: count,
          inFlight: count,
          wants: count,
        }),
      )
      .readonly(),
    waiting: count.describe('single items that wait for a permit; the first hundred are listed in holders'),
    decisions: z.array(z.object({ at: time, words: z.string() })).readonly(),
    notifications,
  })
  .meta({ id: 'Account' });

export const accountSamplesSchema = z
  .object({
    account: accountSchema,
    samples: z
      .array(
        z.object({
          at: time,
          limit: z.number().describe('jobs that might be in flight'),
          inFlight: count,
          refusals: count.describe('as of the account: a sum. A new governor begins again at 0'),
        }),
      )
      .readonly()
      .describe('oldest first; of the last half hour at most, since a caller began to ask'),
  })
  .meta({ id: 'AccountSamples' });
