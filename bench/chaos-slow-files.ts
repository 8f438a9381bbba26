/** For `node --require`: makes the store of a command slow, for the chaos suite. */
import { slowFiles } from './chaos/slow-files';

slowFiles(process.env['CHAOS_SLOW_FILES'] ?? '');
