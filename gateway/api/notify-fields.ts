/** Schemas of receivers of notifications. */
import { z } from 'zod';
import { findMaxFailuresProblem } from '../../workflows/domain/batch/settings-checks';
import { findAddressProblem, MAX_ADDRESS_LENGTH } from '../../workflows/domain/notifications/notify-options';
import { MAX_FAILURES_PATTERN, refineSchema } from './refine-schema';

const HOST = '([a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,2}[.]){1,8}[a-z]{2,20}';
/** Addresses by name, for the document; the library also takes others. */
const ADDRESS_PATTERN = `^(https://${HOST}|http://(localhost|127[.]0[.]0[.]1))(:[1-5]?[0-9]{1,4})?(/[A-Za-z0-9._~%/-]*([?][A-Za-z0-9._~%=&-]*)?)?$`;

/** An address of a receiver. */
export const addressSchema = refineSchema(z.string(), findAddressProblem).meta({
  pattern: ADDRESS_PATTERN,
  maxLength: MAX_ADDRESS_LENGTH,
});

/** Where a run of a batch sends notifications. */
export const notifyFields = {
  notify: addressSchema
    .optional()
    .describe(
      'https address that receives a signed POST when the batch ends, pauses, is held or continues, or has many failures',
    ),
  notifyFailures: refineSchema(z.string(), findMaxFailuresProblem)
    .meta({ pattern: MAX_FAILURES_PATTERN })
    .optional()
    .describe(
      'requires notify: failed and unknown items that are notified once: a number, or a share like 5%; default 10%',
    ),
};
