/**
 * What importing the library adds to a process that does nothing else, and what loading all that `connect` needs adds. Each
 * process is started many times, in turns; the fastest of each counts, because other work of the machine only slows them down.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { findPackageRoot } from '../tools/temporal/package-root';
import { report } from './report';

const TURNS = 30;
const CLIENT = path.join(findPackageRoot(), 'dist', 'client');

/** The scripts of the processes. */
const SCRIPTS = {
  bare: '',
  imported: `require(${JSON.stringify(path.join(CLIENT, 'index.js'))})`,
  connected: `require(${JSON.stringify(path.join(CLIENT, 'use-cases.js'))})`,
};

type Name = keyof typeof SCRIPTS;

function measureMs(script: string): number {
  const begun = performance.now();
  execFileSync(process.execPath, ['-e', script]);
  return performance.now() - begun;
}

function measureFastest(): Readonly<Record<Name, number>> {
  const fastest = { bare: Infinity, imported: Infinity, connected: Infinity };
  const names: readonly Name[] = ['bare', 'imported', 'connected'];
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const name of names) fastest[name] = Math.min(fastest[name], measureMs(SCRIPTS[name]));
  }
  return fastest;
}

const { bare, imported, connected } = measureFastest();
const good = report('require', `The fastest of ${TURNS} processes each.`, [
  { name: 'a process that loads nothing', value: bare, unit: 'ms', bar: { atMost: 200 } },
  { name: "what `require('imagepipeline-temporal')` adds", value: imported - bare, unit: 'ms', bar: { atMost: 50 } },
  { name: 'what `connect` loads beside the call, once', value: connected - bare, unit: 'ms', bar: { atMost: 1_000 } },
]);
process.exitCode = good ? 0 : 1;
