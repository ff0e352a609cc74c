#include "engine/intake.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace tidemark {
namespace {

void until_waiting(const Intake& intake, std::uint64_t n) {
  while (intake.waiting() != n) std::this_thread::yield();
}

}  // namespace

TEST_CASE("documents that fit together do not wait for each other") {
  Intake intake(100);
  const auto a = intake.enter(60);
  const auto b = intake.enter(40);
  CHECK(intake.waiting() == 0);
}

TEST_CASE("a document larger than the limit is admitted alone") {
  Intake intake(100);
  const auto large = intake.enter(1000);
  CHECK(intake.waiting() == 0);
}

TEST_CASE("what does not fit waits until there is room, and those behind it wait their turn") {
  Intake intake(100);
  std::unique_ptr<Intake::Ticket> first(new Intake::Ticket(intake.enter(60)));
  std::vector<int> order;  // written by one thread at a time: the second enters after the first has left
  std::jthread large([&] {
    const auto ticket = intake.enter(100);
    order.push_back(1);
  });
  until_waiting(intake, 1);
  std::jthread small([&] {
    const auto ticket = intake.enter(10);
    order.push_back(2);
  });
  until_waiting(intake, 2);
  first.reset();
  large.join();
  small.join();
  CHECK(order == std::vector{1, 2});
}

TEST_CASE("the bytes of open documents never pass the limit") {
  Intake intake(100);
  std::atomic<int> open = 0;
  std::atomic<bool> too_many = false;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          const auto ticket = intake.enter(30);
          if (++open > 3) too_many = true;
          --open;
        }
      });
  }
  CHECK_FALSE(too_many);
  CHECK(intake.waiting() == 0);
}

}  // namespace tidemark
