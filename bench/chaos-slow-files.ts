/** For `node --require`: a command of the chaos suite whose store is slow. */
import { slowFiles } from './chaos/slow-files';

slowFiles(process.env['CHAOS_SLOW_FILES'] ?? '');
