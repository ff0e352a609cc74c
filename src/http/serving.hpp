#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "http/api.hpp"
#include "http/byte_budget.hpp"
#include "http/counters.hpp"
#include "http/host.hpp"
#include "http/options.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::http {

/// What all connections share. Threads: any.
struct Serving {
  Serving(Host& host_to_ask, const ServerOptions& options)
      : host(host_to_ask),
        limits(options.limits),
        bodies(options.limits.open_body_bytes),
        answers(options.limits.open_answer_bytes),
        pages(options.limits.page_bytes, options.limits.all_page_bytes),
        api(
            host, limits, options.host_names, counters, [this] { return load(); }, pages),
        ingest(limits.ingest_threads, limits.queue),
        read(limits.read_threads, limits.queue),
        admin(1, kAdminQueue) {}

  static constexpr std::size_t kAdminQueue = 8;

  WorkerPool& pool(Lane lane) { return lane == Lane::ingest ? ingest : lane == Lane::admin ? admin : read; }

  Load load() const { return {bodies.taken(), ingest.waiting(), read.waiting()}; }

  Host& host;
  const Limits limits;
  Counters counters;
  ByteBudget bodies, answers;
  ViewPages pages;
  Api api;
  std::atomic<bool> stopping{false};

  std::mutex open_mutex;
  std::condition_variable all_closed;

  WorkerPool ingest, read, admin;  ///< Last: their threads use what stands above.
};

}  // namespace tidemark::http
