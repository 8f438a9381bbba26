module.exports = requireShared('@temporalio/proto');
