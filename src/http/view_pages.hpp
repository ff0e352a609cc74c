#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/view_page.hpp"

namespace tidemark::http {

/// All views' pages as they stand. A reader sees one that was complete when it was published, whole, or the next one.
/// Threads: any; each thread that reads has a Reader of its own.
class ViewPages {
 public:
  using PagePtr = std::shared_ptr<const ViewPage>;

  /// At most so many bytes for one page, and for all of them.
  ViewPages(std::size_t page_bytes, std::size_t all_bytes) : page_bytes_(page_bytes), all_bytes_(all_bytes) {}

  /// Replaces a page by what `read` gives. Of several at a time each reads after the one before has published, so that an
  /// older state never follows a newer one.
  /// Errors: those of `read`; InputError when the page, or all of them, would be larger than they may be. The page that is
  /// there stays; where there is none, it says why.
  struct Read {
    ViewRows view;
    std::optional<Instant> next_refresh;
  };
  void publish(const std::string& key, const std::function<Read()>& read);

  /// A thread's way to them: while nothing is published it takes no lock and touches nothing that others write.
  class Reader {
   public:
    explicit Reader(const ViewPages& pages) : pages_(pages) {}
    /// Nullptr: there is no such page.
    PagePtr find(std::string_view key);

   private:
    const ViewPages& pages_;
    std::uint64_t generation_ = 0;
    std::shared_ptr<const std::map<std::string, PagePtr, std::less<>>> seen_;
  };

 private:
  using Map = std::map<std::string, PagePtr, std::less<>>;
  std::shared_ptr<const Map> current() const;
  void put(const std::string& key, PagePtr page);

  const std::size_t page_bytes_, all_bytes_;
  std::mutex publishing_;        ///< One page at a time is made.
  mutable std::mutex swapping_;  ///< Guards `map_`; held for a copy of the pointer.
  std::shared_ptr<const Map> map_ = std::make_shared<const Map>();
  std::atomic<std::uint64_t> generation_{1};
};

/// A view's key: of the store's own, or of a sink's.
std::string page_key(std::string_view view, std::string_view sink);

}  // namespace tidemark::http
