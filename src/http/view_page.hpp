#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tidemark/views.hpp>

#include "http/message.hpp"

namespace tidemark::http {

/// A view's answer, prepared once for each attempt to refresh it: reading it only writes bytes that are there. Immutable.
/// Contract: docs/http.md, "Views".
class ViewPage {
 public:
  /// `next`: when its next refresh is due; nothing: it has no schedule. `before`: the page that it replaces, if any.
  /// Errors: InputError when the page would be larger than `max_bytes`; the message says what to do.
  ViewPage(const ViewRows& view, std::optional<Instant> next, std::size_t max_bytes, const ViewPage* before = nullptr);

  /// Of a view whose page cannot be made: 503, with why.
  ViewPage(const ViewInfo& view, std::optional<Instant> next, const std::string& why);

  bool is_public() const { return public_; }
  /// What it holds in memory.
  std::size_t bytes() const;

  /// One answer, ready but for what depends on the moment.
  struct Ready {
    unsigned status = 200;
    std::string bytes;           ///< Header fields, the empty line, the body.
    std::size_t head_bytes = 0;  ///< Of those, what is not the body.

    std::string_view head() const { return std::string_view(bytes).substr(0, head_bytes); }
    std::size_t body_bytes() const { return bytes.size() - head_bytes; }
  };
  /// What a request with these headers gets: the page, plain or compressed; 304 when it says that it has it; 503 when the
  /// view was never refreshed. Good for as long as the page.
  const Ready& answer(const Headers& request) const;

  /// What goes before an answer's bytes: the status line and the header fields that depend on the moment. `date` is
  /// http_date(now).
  std::string opening(const Ready& answer, Instant now, std::string_view date, bool keep_alive) const;

 private:
  void prepare_rows(const ViewRows& view, std::size_t max_bytes);
  bool told_by_date(const ViewPage* before) const;
  void prepare_refusal(const ViewInfo& info, const std::string& why);
  std::int64_t seconds_to_next(Instant now, std::int64_t otherwise) const;

  bool public_ = false;
  std::optional<Instant> next_;
  std::string etag_;           ///< With its quotes.
  std::string last_modified_;  ///< Empty: it was never refreshed.
  bool by_date_ = false;       ///< No other page has had the same Last-Modified.
  Ready plain_, unchanged_;
  std::optional<Ready> gzip_;
};

}  // namespace tidemark::http
