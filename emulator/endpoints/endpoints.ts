import type { OperationName } from '../../workflows/domain/operations/operations';
import { type Endpoint, type EndpointRow, toEndpoint } from './endpoint';
import { OTHER_ENDPOINTS } from './other-endpoints';
import { PICTURE_ENDPOINTS } from './picture-endpoints';

/** One row per operation; the type makes the list complete. */
const ENDPOINT_ROWS: Readonly<Record<OperationName, EndpointRow>> = { ...PICTURE_ENDPOINTS, ...OTHER_ENDPOINTS };

/** The emulated endpoints. */
export const ENDPOINTS: readonly Endpoint[] = Object.entries(ENDPOINT_ROWS).map(([operation, row]) =>
  toEndpoint(operation, row),
);
