#!/usr/bin/env node
const { existsSync } = require('node:fs');
const path = require('node:path');

const main = path.join(__dirname, '..', 'dist', 'client', 'cli', 'run-process.js');
if (!existsSync(main)) {
  console.error('imagepipeline is not built yet; run "npm run build" in its folder');
  process.exit(1);
}
void require(main).runProcess(process.env);
