#!/usr/bin/env node
// Read by Node of any age, so that an old one can say what it is: nothing newer than 2015 until its age is known.
const { engines } = require('../package.json');

function fail(problem) {
  console.error(problem);
  process.exit(2);
}

/** Major and minor number. */
function numbersIn(version) {
  return /(\d+)\.(\d+)/.exec(version).slice(1).map(Number);
}

const [major, minor] = numbersIn(process.versions.node);
const [oldestMajor, oldestMinor] = numbersIn(engines.node);
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  const oldest = `${oldestMajor}.${oldestMinor}`;
  fail(`imagepipeline needs Node ${oldest} or newer, and this is ${process.versions.node}; see https://nodejs.org`);
}

const { existsSync } = require('node:fs');
const path = require('node:path');

const main = path.join(__dirname, '..', 'dist', 'cli', 'run-process.js');
if (!existsSync(main)) fail('imagepipeline is not built yet; run "npm run build" in its folder');
void require(main).runProcess(process.env);
