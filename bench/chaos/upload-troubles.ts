/** Troubles of the upload of one content. */
import type { Action } from '../../emulator';

const JSON_DETAIL = { detail: 'The upload was not accepted.' };
const SLOW_DOWN = { error: 'Too Many Requests', error_code: 'RATE_LIMIT_EXCEEDED', message: 'slow down' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const PAGE = '<html><title>upstream connect error</title></html>';

const UPLOAD_TROUBLES = {
  'upload 429 for rate': { on: 'upload', status: 429, body: SLOW_DOWN },
  'upload 429 with Retry-After': { on: 'upload', status: 429, body: {}, headers: { 'retry-after': '1' } },
  'upload 413': { on: 'upload', status: 413, body: JSON_DETAIL },
  'upload 415': { on: 'upload', status: 415, body: JSON_DETAIL },
  'upload 422': { on: 'upload', status: 422, body: JSON_DETAIL },
  'upload 401': { on: 'upload', status: 401, body: {} },
  'upload 500': { on: 'upload', status: 500, body: {} },
  'upload 502 of a front': { on: 'upload', status: 502, body: PAGE, headers: HTML },
  'upload 503': { on: 'upload', status: 503, body: {} },
  'upload 504 of a front': { on: 'upload', status: 504, body: PAGE, headers: HTML },
  'upload without an address': { on: 'upload', status: 200, body: PAGE, headers: HTML },
  'upload reset': { on: 'upload', fault: 'reset' },
  'upload garbage': { on: 'upload', fault: 'garbage' },
  'half an upload answer': { on: 'upload', fault: 'half-body' },
  'late upload': { on: 'upload', delayMs: 900 },
} as const satisfies Record<string, Action>;

export type UploadTroubleName = keyof typeof UPLOAD_TROUBLES;
export const UPLOAD_TROUBLE_NAMES = Object.keys(UPLOAD_TROUBLES) as readonly UploadTroubleName[];

/** Maximum repetitions of lasting troubles; others occur once or twice. */
export const UPLOAD_TIMES: Readonly<Partial<Record<UploadTroubleName, number>>> = {
  'upload 429 for rate': 6,
  'upload 500': 4,
  'upload 502 of a front': 4,
  'upload 503': 6,
  'upload reset': 4,
};

export function getUploadAction(name: UploadTroubleName): Action {
  return UPLOAD_TROUBLES[name];
}
