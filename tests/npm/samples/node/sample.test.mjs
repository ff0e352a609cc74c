import assert from 'node:assert';
import { describe, it, test } from 'node:test';

describe('outer', () => {
  describe('inner', () => {
    it('adds', () => assert.equal(1 + 1, 2));
    it('is wrong', () => assert.equal(2 - 1, 2));
  });
  it('is left out', { skip: true }, () => {});
});
test('stands alone', () => {});
test('says <xml> & "quotes"', () => {});
