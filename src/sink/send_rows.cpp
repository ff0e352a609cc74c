#include "sink/send_rows.hpp"

namespace tidemark {
namespace {

class Sending {
 public:
  Sending(Sink& sink, int rollup, std::span<const Bucket> rows, Instant synced_at, std::size_t most)
      : sink_(sink), rollup_(rollup), rows_(rows), synced_at_(synced_at), most_(most) {}

  SentRows run() {
    send(0, rows_.size());
    return std::move(result_);
  }

 private:
  void send(std::size_t first, std::size_t n) {
    if (n == 0 || !result_.in_our_name) return;
    try {
      result_.in_our_name = sink_.upsert(rollup_, rows_.subspan(first, n), synced_at_);
      return;
    } catch (const SinkError& e) {
      if (e.kind() != SinkError::Kind::row) throw;
      if (n == 1) return refuse(first, e);
    }
    send(first, n / 2);
    send(first + n / 2, n - n / 2);
  }

  void refuse(std::size_t row, const SinkError& why) {
    if (result_.refused.size() == most_)
      throw SinkError(SinkError::Kind::permanent, std::string(why.what()) + " (more than " + std::to_string(most_) +
                                                      " rows of one transaction are refused, so it is not the rows)");
    result_.refused.push_back({row, why.what()});
  }

  Sink& sink_;
  int rollup_;
  std::span<const Bucket> rows_;
  Instant synced_at_;
  std::size_t most_;
  SentRows result_;
};

}  // namespace

SentRows send_rows(Sink& sink, int rollup, std::span<const Bucket> rows, Instant synced_at, std::size_t most) {
  return Sending(sink, rollup, rows, synced_at, most).run();
}

}  // namespace tidemark
