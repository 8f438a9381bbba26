module.exports = requireShared('rxjs/operators');
