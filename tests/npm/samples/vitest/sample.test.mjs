import { describe, expect, it, test } from 'vitest';

describe('outer', () => {
  describe('inner', () => {
    it('adds', () => expect(1 + 1).toBe(2));
    it('is wrong', () => expect(2 - 1).toBe(2));
  });
  it.skip('is left out', () => {});
});
test('stands alone', () => {});
test('throws', () => {
  throw new Error('on purpose');
});
