/** What the alert rules and the dashboard ask Prometheus for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';

const DEPLOY = path.join(__dirname, '..', '..', 'deploy');
export const fileText = (name: string) => readFileSync(path.join(DEPLOY, name), 'utf8');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  /** `runbook`: a heading of a page, as a link from the root would name it. */
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
}
interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

export function alerts(): readonly Alert[] {
  return (load(fileText('prometheus/alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
}

export function expressions(): readonly string[] {
  const { panels }: Dashboard = JSON.parse(fileText('grafana/imagepipeline.json'));
  const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  return [...alerts().map(({ expr }) => expr), ...shown];
}

/** Names of metrics, which all begin with who counts them. */
export function metricsIn(expression: string): readonly string[] {
  return expression.match(/\b(imagepipeline|temporal)_\w+/g) ?? [];
}

/** What the selectors of an expression say of labels: `[metric, label, values]`. */
export function selectorsIn(expression: string): readonly (readonly [string, string, readonly string[]])[] {
  return [...expression.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, metric = '', inside = '']) =>
    [...inside.matchAll(/(\w+)=~?"([^"]*)"/g)].map(
      ([, label = '', values = '']) => [metric, label, values.split('|')] as const,
    ),
  );
}
