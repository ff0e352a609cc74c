#include "http/worker_pool.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace tidemark::http;

TEST_CASE("all jobs are run, by several threads at a time") {
  std::atomic<int> runs{0}, inside{0};
  std::promise<void> both;
  std::shared_future<void> together = both.get_future().share();
  {
    WorkerPool pool(2, 1000);
    for (int i = 0; i < 2; ++i) {
      pool.submit([&] {
        if (++inside == 2) both.set_value();
        together.wait();
      });
    }
    together.wait();
    for (int i = 0; i < 500; ++i) REQUIRE(pool.submit([&] { ++runs; }));
    while (runs < 500) std::this_thread::yield();
  }
  CHECK(runs == 500);
}

TEST_CASE("a job that does not fit is not taken, and one that was not begun is forgotten") {
  std::promise<void> begun, hold;
  std::atomic<int> runs{0};
  WorkerPool pool(1, 2);
  pool.submit([&] {
    begun.set_value();
    hold.get_future().wait();
    ++runs;
  });
  begun.get_future().wait();
  CHECK(pool.submit([&] { ++runs; }));
  CHECK(pool.submit([&] { ++runs; }));
  CHECK_FALSE(pool.submit([&] { ++runs; }));
  CHECK(pool.waiting() == 2);
  std::thread stopper([&] { pool.stop(); });
  while (pool.waiting() != 0) std::this_thread::yield();
  hold.set_value();
  stopper.join();
  CHECK(runs == 1);
  CHECK_FALSE(pool.submit([&] { ++runs; }));
}
