#include "http/publish.hpp"

#include "engine/time_zones.hpp"
#include "model/cron.hpp"

namespace tidemark::http {

std::optional<Instant> next_refresh(const ViewInfo& view, Instant now) {
  if (view.schedule.empty()) return std::nullopt;
  return Cron::parse(view.schedule).next(now, *load_time_zone(view.time_zone));
}

void publish_view(Host& host, ViewPages& pages, const std::string& view, const std::string& sink) {
  pages.publish(page_key(view, sink), [&] {
    ViewPages::Read read;
    read.view = host.engine().view(view, sink.empty() ? std::string() : host.sink_url(sink));
    read.next_refresh = next_refresh(read.view.info, host.now());
    return read;
  });
}

}  // namespace tidemark::http
