/** Builds the Temporal server that the tests on PostgreSQL run against, unless it is in the cache. After `npm run build`. */
const { makeServerPrograms } = require('../dist/tools/temporal-server/binaries');
const path = require('node:path');

makeServerPrograms(process.env, path.join(__dirname, '..'), (line) => console.error(line)).then(
  (folder) => console.error(`Temporal server: ${folder}`),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
