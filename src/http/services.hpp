#pragma once
#include <cstddef>
#include <functional>
#include <memory>

#include "http/counters.hpp"
#include "http/host.hpp"
#include "http/options.hpp"
#include "http/recent_rejects.hpp"
#include "http/view_pages.hpp"

namespace tidemark::http {

/// What of the server is busy at this moment.
struct Load {
  std::size_t open_body_bytes = 0;
  std::size_t waiting_ingest = 0, waiting_read = 0;  ///< Requests in the queues.
};

/// What routes work with. Outlives them.
struct Services {
  Host& host;
  const Limits limits;
  Counters& counters;
  RecentRejects& rejects;
  std::function<std::shared_ptr<const Access>()> access;  ///< As it is now.
  std::function<Load()> load;
  ViewPages& pages;
};

}  // namespace tidemark::http
