/** Builds the Temporal server for the tests on PostgreSQL, unless it is cached. Run after `npm run build`. */
const { makeServerPrograms } = require('../dist/tools/temporal-server/binaries');

makeServerPrograms(process.env, (line) => console.error(line)).then(
  (folder) => console.error(`Temporal server: ${folder}`),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
