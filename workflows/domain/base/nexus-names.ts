/** Name of the Nexus service. */
export const SERVICE_NAME = 'imagepipeline';

/** Default name of the endpoint that leads to it. */
export const NEXUS_ENDPOINT = 'imagepipeline';
