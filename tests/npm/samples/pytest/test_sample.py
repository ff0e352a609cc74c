import pytest


class TestMath:
    def test_adds(self):
        assert 1 + 1 == 2

    @pytest.mark.parametrize("n", [1, 2, 3])
    def test_is_small(self, n):
        assert n < 3


@pytest.mark.skip(reason="on purpose")
def test_is_left_out():
    pass


@pytest.fixture
def broken():
    raise RuntimeError("on purpose")


def test_has_a_broken_fixture(broken):
    pass
