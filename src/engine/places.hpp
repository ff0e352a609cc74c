#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/parts.hpp"
#include "engine/read_side.hpp"
#include "model/key.hpp"
#include "sink/sink.hpp"
#include "store/bucket_scan.hpp"

/// The two places that views are refreshed in and read from, and recents are read from.
namespace tidemark {

class StorePlace final : public ReadPlace {
 public:
  /// The parts outlive it.
  explicit StorePlace(EngineParts& parts) : parts_(parts) {}
  const Schema& schema() const override { return parts_.store->schema(); }
  ReadModels& models() override { return parts_.read_models; }
  BucketSource& buckets(Instant now) override { return buckets_.emplace(*parts_.store, &parts_.writer.table(), now); }
  std::string refreshed_by() const override { return to_text(parts_.store->agent()); }
  std::vector<RecentUse> recent(int recent, const std::string& group, std::size_t limit,
                                std::optional<Instant> since) override {
    return parts_.writer.recents().newest(recent, group, limit, since);
  }

 private:
  EngineParts& parts_;
  std::optional<StoreBuckets> buckets_;
};

class SinkPlace final : public ReadPlace {
 public:
  SinkPlace(std::unique_ptr<Sink> sink, SchemaPtr schema, std::string by)
      : sink_(std::move(sink)), schema_(std::move(schema)), by_(std::move(by)) {}
  const Schema& schema() const override { return *schema_; }
  ReadModels& models() override { return sink_->read_models(); }
  BucketSource& buckets(Instant) override { return *sink_; }
  std::string refreshed_by() const override { return by_; }
  std::vector<RecentUse> recent(int recent, const std::string& group, std::size_t limit,
                                std::optional<Instant> since) override {
    return sink_->recent(recent, key_digest(group), limit, since);
  }

 private:
  std::unique_ptr<Sink> sink_;
  SchemaPtr schema_;
  std::string by_;
};

}  // namespace tidemark
