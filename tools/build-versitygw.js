/** Builds the S3 server for the tests of the store, unless it is cached. Run after `npm run build`. */
const { makeVersitygw } = require('../dist/tools/versitygw');

makeVersitygw(process.env, (line) => console.error(line)).then(
  (program) => console.error(`versitygw: ${program}`),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
