/** Whether the tests run on PostgreSQL: a server that writes to disk, and is several times as slow as one in memory. */
export const ON_POSTGRES = process.env['TEST_TEMPORAL'] === 'postgres';
