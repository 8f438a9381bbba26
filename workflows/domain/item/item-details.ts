/** Markdown for a workflow's current details in Temporal UI. Never contains a prompt or a URL. */
import { describeRemedy } from './describe-remedy';
import type { ItemProgress, ItemReport, Submission } from './item';

const STATE_WORDS: Record<ItemProgress['state'], string> = {
  waiting: 'waiting for a permit',
  submitting: 'submitting the request',
  running: 'waiting for the job',
  collecting: 'downloading the result',
  'awaiting-callback': 'waiting for a callback, or a report of its worker, that names the job',
  retrying: 'waiting to submit again',
  ended: 'ended',
};

export function describeProgress(progress: ItemProgress): string {
  const lines = [
    ...(progress.step === undefined ? [] : [`step \`${progress.step}\``]),
    `**${STATE_WORDS[progress.state]}** · submission ${progress.submission}`,
    ...(progress.jobId === null ? [] : [`job \`${progress.jobId}\``]),
    ...(progress.lastCode === null ? [] : [`last code \`${progress.lastCode}\``]),
    ...(progress.nextRetryAt === null ? [] : [`next submission at ${progress.nextRetryAt}`]),
  ];
  return `${lines.join(' · ')}\n\n${describeSubmissions(progress.submissions)}`;
}

export function describeItem(report: ItemReport): string {
  return `${describeState(report)}\n\n${describeSubmissions(report.submissions)}`;
}

function describeState(report: ItemReport): string {
  if (report.result !== null) {
    const { file, width, height, mimeType, bytes } = report.result;
    return `**${report.outcome}** · ${mimeType} ${width ?? '?'}×${height ?? '?'}, ${bytes} bytes · \`${file}\``;
  }
  const remedy = report.code === null ? '' : `\n\n_${describeRemedy(report.code, report)}_`;
  return `**${report.outcome}** · \`${report.code}\` ${report.message ?? ''}${remedy}`;
}

function describeSubmissions(submissions: readonly Submission[]): string {
  const rows = submissions.map(({ number, step, jobId, code, refusals }) => {
    const refused = Object.entries(refusals).map(([name, count]) => `${count} × ${name}`);
    return `| ${step === undefined ? number : `${step} · ${number}`} | ${jobId ?? '–'} | ${code ?? '–'} | ${refused.join(', ') || '–'} |`;
  });
  return ['| submission | job | code | refused before |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
