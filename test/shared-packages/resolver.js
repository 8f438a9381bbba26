/** Leads test files to the packages beside this file, in place of exactly those copies that they stand for. */
const path = require('node:path');

const NAMES = ['@temporalio/proto', 'protobufjs/ext/protojson', 'long', 'rxjs', 'rxjs/operators'];
const shared = new Map(NAMES.map((name) => [require.resolve(name), require.resolve(path.join(__dirname, name))]));

module.exports = (request, options) => {
  const found = options.defaultResolver(request, options);
  return shared.get(found) ?? found;
};
