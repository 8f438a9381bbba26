/** The command of the page that signs a notification by hand makes the signature of the library. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { readDocuments } from '../../docs/documents';
import { NOTIFY_SECRET } from '../../support/receiver';
import { tempFolder } from '../../support/temp-folder';

test('a signature made with openssl is that of the library', () => {
  const page = readDocuments().find(({ file }) => file === 'docs/notifications.md');
  const script = page?.blocks.map(({ code }) => code).find((code) => code.includes('openssl dgst')) ?? 'exit 1';
  const folder = tempFolder();
  const body = JSON.stringify({ version: 1, id: 'msg_1', text: 'ä % \\n' });
  writeFileSync(path.join(folder, 'body.json'), body);
  const sentAt = new Date(1_767_225_600_000);
  const env = {
    ...{ PATH: process.env['PATH'], IMAGEPIPELINE_NOTIFY_SECRET: NOTIFY_SECRET },
    ...{ ID: 'msg_1', TIMESTAMP: String(sentAt.getTime() / 1_000) },
  };
  const signature = execFileSync('sh', ['-c', script], { cwd: folder, env, encoding: 'utf8' });
  expect(`v1,${signature}`).toBe(new Webhook(NOTIFY_SECRET).sign('msg_1', sentAt, body));
});
