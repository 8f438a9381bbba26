/** What a killed worker has left among the files that wait goes after a day; what is being written stays. */
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FilesystemStore } from '../../../activities/store/folder/filesystem-store';
import { S3Staging } from '../../../activities/store/s3/s3-staging';
import { tempFolder } from '../../support/temp-folder';

const PLACE = { folder: 'images', key: 'bird' };
const TWO_DAYS_S = 2 * 24 * 3_600;

const STORES = [
  { where: 'a folder', open: (root: string) => new FilesystemStore(root) },
  { where: 'the staging folder of a bucket', open: (root: string) => new S3Staging(root, 's3://bucket') },
];

test.each(STORES)('in $where', async ({ open }) => {
  const root = tempFolder();
  const folder = path.dirname(await open(root).stage(PLACE, '1'));
  const [old, fresh, other] = ['a~1.part', 'b~1.part', 'notes.txt'].map((name) => path.join(folder, name));
  for (const file of [old, fresh, other]) writeFileSync(file ?? '', '');
  const then = Date.now() / 1_000 - TWO_DAYS_S;
  for (const file of [old, other]) utimesSync(file ?? '', then, then);
  await open(root).stage(PLACE, '2');
  expect(readdirSync(folder).sort()).toEqual(['b~1.part', 'notes.txt']);
});
