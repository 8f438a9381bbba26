module.exports = requireShared('rxjs');
