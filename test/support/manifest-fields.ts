/** What every manifest has, for tests to which it does not matter. */
export const MANIFEST_FIELDS = {
  sha256: 'abc',
  settings: { items: { deadlineMs: 3_600_000 } },
  server: { namespace: 'default', clusterId: null },
  createdAt: '2026-01-01T00:00:00.000Z',
} as const;
