import { stopSharedServer } from './postgres/shared-server';

export default stopSharedServer;
