#include "http/view_pages.hpp"

#include <tidemark/errors.hpp>

namespace tidemark::http {

void ViewPages::publish(const std::string& key, const std::function<Read()>& read) {
  const std::lock_guard one_at_a_time(publishing_);
  const Read now = read();
  const PagePtr before = Reader(*this).find(key);
  try {
    put(key, std::make_shared<const ViewPage>(now.view, now.next_refresh, page_bytes_, before.get()));
  } catch (const InputError& e) {
    if (before == nullptr) put(key, std::make_shared<const ViewPage>(now.view.info, now.next_refresh, e.what()));
    throw;
  }
}

void ViewPages::put(const std::string& key, PagePtr page) {
  auto map = std::make_shared<Map>(*current());
  (*map)[key] = std::move(page);
  std::size_t bytes = 0;
  for (const auto& [name, each] : *map) bytes += each->bytes();
  if (bytes > all_bytes_)
    throw InputError("view " + key + ": the pages of all views would take more than " +
                     std::to_string(all_bytes_ >> 20) + " MiB together; give the large ones a `limit`");
  const std::lock_guard lock(swapping_);
  map_ = std::move(map);
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const ViewPages::Map> ViewPages::current() const {
  const std::lock_guard lock(swapping_);
  return map_;
}

ViewPages::PagePtr ViewPages::Reader::find(std::string_view key) {
  const std::uint64_t generation = pages_.generation_.load(std::memory_order_acquire);
  if (generation != generation_) {
    seen_ = pages_.current();  // Of this generation or a later one.
    generation_ = generation;
  }
  const auto found = seen_->find(key);
  return found == seen_->end() ? nullptr : found->second;
}

std::string page_key(std::string_view view, std::string_view sink) {
  std::string key(view);
  return sink.empty() ? key : key + '@' + std::string(sink);
}

}  // namespace tidemark::http
