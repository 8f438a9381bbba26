module.exports = requireShared('protobufjs/ext/protojson');
