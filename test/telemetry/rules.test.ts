/** Alert rules and dashboard ask for what is really exposed: what `promtool` cannot know. */
import { load } from 'js-yaml';
import { GATEWAY_RESULTS } from '../../gateway';
import { CALLBACKS_METRIC } from '../../gateway/metrics';
import { ACCOUNT_GAUGES } from '../../worker/account-gauges';
import { getMetricRow, type LabelLists, METRIC_NAMES } from '../../workflows/domain/item/metrics';
import { alerts, expressions, fileText, metricsIn, selectorsIn } from './used-metrics';

const HISTOGRAM_PARTS = ['_bucket', '_sum', '_count'] as const;

/** The name in Prometheus, without a histogram's suffixes. */
function exposedName(name: (typeof METRIC_NAMES)[number]): string {
  const { kind, unit } = getMetricRow(name);
  const withUnit = unit === undefined ? name : `${name}_${unit}`;
  return kind === 'counter' ? `${withUnit}_total` : withUnit;
}

/** Our names as Prometheus knows them, with the labels that have a closed list. */
const OURS: ReadonlyMap<string, LabelLists> = new Map([
  ...METRIC_NAMES.flatMap((name) => {
    const { kind, labels } = getMetricRow(name);
    const parts = kind === 'histogram' ? HISTOGRAM_PARTS : [''];
    return parts.map((part) => [`${exposedName(name)}${part}`, labels] as const);
  }),
  ...ACCOUNT_GAUGES.map((name) => [name, {}] as const),
  [CALLBACKS_METRIC, { result: GATEWAY_RESULTS }] as const,
]);

const unknownIn = (expression: string) =>
  metricsIn(expression).filter((name) => name.startsWith('imagepipeline_') && !OURS.has(name));

const wrongLabelsIn = (expression: string) =>
  selectorsIn(expression).filter(([metric, label, values]) => {
    const labels = OURS.get(metric);
    return labels !== undefined && !values.every((value) => labels[label]?.includes(value));
  });

/** Whether every bracket is closed by its own kind. */
function isBalanced(expression: string): boolean {
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  const open: string[] = [];
  for (const sign of expression.replace(/"[^"]*"/g, '""')) {
    if ('([{'.includes(sign)) open.push(sign);
    if (sign in pairs && open.pop() !== pairs[sign]) return false;
  }
  return open.length === 0;
}

test('every metric and every label that is requested is exposed', () => {
  expect(expressions().flatMap(unknownIn)).toEqual([]);
  expect(expressions().flatMap(wrongLabelsIn)).toEqual([]);
  expect(expressions().filter((expression) => !isBalanced(expression))).toEqual([]);
});

test('a misspelled metric, label or bracket would be noticed', () => {
  const wrong = 'sum(rate(imagepipeline_items{outcome="unknown"}[5m])';
  expect(unknownIn(wrong)).toEqual(['imagepipeline_items']);
  expect(isBalanced(wrong)).toBe(false);
  expect(wrongLabelsIn('imagepipeline_items_total{outcome="lost"}')).toHaveLength(1);
  expect(wrongLabelsIn('imagepipeline_items_total{result="unknown"}')).toHaveLength(1);
});

test('every alert has a name of its own, a severity and words for people', () => {
  const names = alerts().map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
  for (const { labels, annotations, ...rest } of alerts()) {
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(annotations.summary.length * annotations.description.length).toBeGreaterThan(0);
    expect(rest.for ?? '1m').toMatch(/^\d+[smh]$/);
  }
});

test('every metric of ours is on the dashboard or in an alert', () => {
  const used = new Set(expressions().flatMap(metricsIn));
  const unused = METRIC_NAMES.filter((name) => ![...used].some((one) => one.startsWith(exposedName(name))));
  expect(unused).toEqual([]);
});

test('the example of a configuration names the rules', () => {
  expect(load(fileText('prometheus/prometheus.yml'))).toMatchObject({ rule_files: ['alerts.yml'] });
});
