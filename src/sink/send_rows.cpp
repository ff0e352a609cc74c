#include "sink/send_rows.hpp"

namespace tidemark {
namespace {

class Sending {
 public:
  Sending(Sink& sink, int rollup, std::span<const Bucket> rows, Instant synced_at, const ReadyRows* ready,
          std::size_t most)
      : sink_(sink), rollup_(rollup), rows_(rows), synced_at_(synced_at), ready_(ready), most_(most) {}

  SentRows run() {
    send(0, rows_.size());
    return std::move(result_);
  }

 private:
  /// So many rows, from all over the transaction, are tried before it is said that the sink takes none.
  static constexpr std::size_t kProbes = 16;

  bool upsert(std::size_t first, std::size_t n) {
    result_.in_our_name = ready_ != nullptr && n == rows_.size()
                              ? sink_.upsert_ready(rollup_, rows_, synced_at_, *ready_)
                              : sink_.upsert(rollup_, rows_.subspan(first, n), synced_at_);
    some_passed_ |= result_.in_our_name;
    return result_.in_our_name;
  }

  void send(std::size_t first, std::size_t n) {
    if (n == 0 || !result_.in_our_name) return;
    try {
      upsert(first, n);
      return;
    } catch (const SinkError& e) {
      if (e.kind() != SinkError::Kind::row) throw;
      if (n == 1) return refuse(first, e);
    }
    send(first, n / 2);
    send(first + n / 2, n - n / 2);
  }

  void refuse(std::size_t row, const SinkError& why) {
    if (result_.refused.size() >= most_ && !some_passed_ && !any_passes())
      throw SinkError(SinkError::Kind::permanent,
                      std::string(why.what()) + " (every row that was tried is refused, so it is not the rows)");
    result_.refused.push_back({row, why.what()});
  }

  bool any_passes() {
    for (std::size_t i = 0; i < kProbes && !some_passed_ && result_.in_our_name; ++i) {
      try {
        upsert(rows_.size() - 1 - i * rows_.size() / kProbes, 1);
      } catch (const SinkError& e) {
        if (e.kind() != SinkError::Kind::row) throw;
      }
    }
    return some_passed_ || !result_.in_our_name;
  }

  Sink& sink_;
  int rollup_;
  std::span<const Bucket> rows_;
  Instant synced_at_;
  const ReadyRows* ready_;
  std::size_t most_;
  SentRows result_;
  bool some_passed_ = false;
};

}  // namespace

SentRows send_rows(Sink& sink, int rollup, std::span<const Bucket> rows, Instant synced_at, const ReadyRows* ready,
                   std::size_t most) {
  return Sending(sink, rollup, rows, synced_at, ready, most).run();
}

}  // namespace tidemark
