import { defineConfig } from 'vitest/config';

// One browser and one gateway at a time: two would slow each other until something seems broken.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // As long as what is waited for by its locator; the second that is usual is no time on a busy machine.
    expect: { poll: { timeout: 15_000 } },
  },
});
