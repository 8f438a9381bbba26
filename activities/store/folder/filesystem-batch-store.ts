import { FiledBatchStore } from '../filed-batch-store';
import { FolderFiles } from './folder-files';

/** Batches below a folder. */
export class FilesystemBatchStore extends FiledBatchStore {
  constructor(root: string) {
    super(new FolderFiles(root));
  }
}
