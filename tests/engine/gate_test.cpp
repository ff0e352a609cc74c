#include "engine/gate.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace tidemark {

TEST_CASE("who is inside of a gate sees that somebody waits for all to leave, and is waited for") {
  Gate gate;
  bool left = false;
  bool had_left = false;
  std::thread closer;
  {
    const auto inside = gate.enter();
    CHECK_FALSE(gate.is_closed());
    closer = std::thread([&] {
      const auto closed = gate.close();
      had_left = left;
    });
    while (!gate.is_closed()) std::this_thread::yield();
    left = true;
  }
  closer.join();
  CHECK(had_left);
  CHECK_FALSE(gate.is_closed());
  const auto again = gate.enter();
}

}  // namespace tidemark
