// A program of GoogleTest's whose report the tests read.
#include <gtest/gtest.h>

TEST(Math, Adds) { EXPECT_EQ(1 + 1, 2); }
TEST(Math, FailsTwice) {
  EXPECT_EQ(2 - 1, 2);
  EXPECT_EQ(2 - 2, 2);
}
TEST(Math, IsSkipped) { GTEST_SKIP() << "on purpose"; }
TEST(Math, DISABLED_IsOff) { FAIL(); }

class Numbers : public testing::TestWithParam<int> {};
TEST_P(Numbers, AreSmall) { EXPECT_LT(GetParam(), 3); }
INSTANTIATE_TEST_SUITE_P(Few, Numbers, testing::Values(1, 2, 3));
