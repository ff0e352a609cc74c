#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/time.hpp>

#include "model/bytes.hpp"
#include "model/recent.hpp"
#include "model/schema.hpp"

/// The records of the family recents: groups, the definitions that they follow, and marks of what waits for a sink.
/// docs/format.md, "Recents", is the reference; kRecentVersion there and here go together.
namespace tidemark {

inline constexpr std::uint8_t kRecentVersion = 1;

/// The number of one definition of a recent in this store; another definition of the same name has another one.
using RecentId = std::uint32_t;

/// A use as it is stored, and held in memory.
struct PackedUse {
  Instant used_at;
  Digest identity;
  std::uint64_t sequence = 0;  ///< Of the block that brought it.
  std::string item;            ///< Canonical key of the item's values; empty when every span is a thing of its own.
  std::string columns;         ///< The columns' values, encoded.

  /// What makes two uses those of one thing.
  std::string_view thing() const { return item.empty() ? identity.view() : std::string_view(item); }
  bool is_after(const PackedUse& other) const {
    return used_at != other.used_at ? used_at > other.used_at : identity > other.identity;
  }
};

/// The uses of `uses` that are their thing's last ones, newest first, at most `keep`. Pure: in any order and grouping, and
/// however often a use is there, merging what this gave gives the same.
std::vector<PackedUse> merge_uses(std::vector<PackedUse> uses, std::size_t keep);

std::string encode_recent_group(std::string_view group, const std::vector<PackedUse>& uses);

/// Reads a group's record use by use, newest first. `bytes` and the definitions have to outlive it.
/// Errors: StoreError when the record is damaged or of a newer version.
class RecentGroupReader {
 public:
  RecentGroupReader(std::string_view bytes, const SourceDef& source, const RecentDef& recent);

  std::string_view group() const { return group_; }
  std::size_t left() const { return left_; }
  /// Only while some are left.
  PackedUse next();

 private:
  ByteReader in_;
  const SourceDef& source_;
  const RecentDef& recent_;
  std::string_view group_;
  std::size_t left_ = 0;
  Instant before_;
};

/// Appends one column's value of a span, as SpanColumns has it; `text` is what it is the id of, where it is one.
void put_recent_column(std::string& out, FieldType type, std::int64_t value, std::string_view text);

RecentUse unpack(const SourceDef& source, const RecentDef& recent, std::string_view group, const PackedUse& use);

// Keys. Groups: `g`, id, digest of the group's canonical key. Marks: `m`, sink, id, that digest, sequence.

std::string recent_group_key(RecentId id, const Digest& group);

/// A mark that those of a group's uses wait for a sink which a block at or after `from` brought.
struct RecentMark {
  std::uint16_t sink = 0;
  RecentId id = 0;
  Digest group;
  std::uint64_t from = 0;
};
std::string encode(const RecentMark& mark);
RecentMark parse_recent_mark(std::string_view key);
std::string recent_marks_of(std::uint16_t sink);

/// A prefix's entries are those from it up to its end.
inline constexpr char kRecentGroups = 'g';
inline constexpr char kRecentMarks = 'm';
inline constexpr char kRecentDefinitions = 'd';
std::string recent_groups_of(RecentId id);
// Of a key of a group.
RecentId id_of_recent_group(std::string_view key);
Digest digest_of_recent_group(std::string_view key);

}  // namespace tidemark
