import type { OperationName } from '../../workflows/domain/operations/operations';
import { type Endpoint, type Scenario, toEndpoint } from './endpoint';
import { OTHER_ENDPOINTS } from './other-endpoints';
import { PICTURE_ENDPOINTS } from './picture-endpoints';

/** One scenario per operation; the type makes the list complete. */
const SCENARIOS: Readonly<Record<OperationName, Scenario>> = { ...PICTURE_ENDPOINTS, ...OTHER_ENDPOINTS };

/** The emulated endpoints. */
export const ENDPOINTS: readonly Endpoint[] = Object.entries(SCENARIOS).map(([operation, scenario]) =>
  toEndpoint(operation, scenario),
);
