#pragma once
#include <memory>
#include <utility>

#include "sink/sink.hpp"

namespace tidemark::test {

/// A sink that hands every call on to another one: for those that change some of them.
class ForwardingSink : public Sink {
 public:
  explicit ForwardingSink(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}

  bool prepare() override { return sink_->prepare(); }
  bool upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) override {
    return sink_->upsert(rollup, buckets, synced_at);
  }
  std::vector<AgentRow> agents(const std::optional<AgentId>& agent) override { return sink_->agents(agent); }
  std::vector<AgentRow> agents_in(const std::string& host, const std::string& store) override {
    return sink_->agents_in(host, store);
  }
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override {
    return sink_->check_in(row, expected);
  }
  void upsert_recents(int recent, std::span<const RecentUse> uses) override { sink_->upsert_recents(recent, uses); }
  std::vector<RecentUse> recent(int recent, const Digest& group_key, std::size_t limit,
                                std::optional<Instant> since) override {
    return sink_->recent(recent, group_key, limit, since);
  }
  ReadModels& read_models() override { return sink_->read_models(); }
  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override {
    sink_->scan(filter, take);
  }
  std::string ddl() const override { return sink_->ddl(); }
  std::string name() const override { return sink_->name(); }

 protected:
  Sink& sink() const { return *sink_; }

 private:
  std::shared_ptr<Sink> sink_;
};

}  // namespace tidemark::test
