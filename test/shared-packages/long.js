module.exports = requireShared('long');
