#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.hpp"
#include "model/span_batch.hpp"
#include "model/span_builder.hpp"

namespace tidemark {

/// What the caller gives for fields that a document leaves out, resolved for one source once.
class FieldDefaults {
 public:
  FieldDefaults(const SourceDef& source, const std::map<std::string, std::string>& defaults);

  /// Says its run, from the default of that name, and fills the fields of the span in `builder` that are still absent: from the defaults; `owner` from what comes before
  /// the first slash of `repository`; `default_branch` by comparing `branch` with its default, when that is a name.
  void apply(SpanBuilder& builder, const SpanBatch& batch) const;

 private:
  struct Default {
    int field;
    FieldType type;
    std::string text;
    std::vector<std::string> labels;
  };
  void set(SpanBuilder& builder, const Default& value) const;

  std::vector<Default> defaults_;
  std::string run_;
  int owner_ = -1;
  int repository_ = -1;
  int branch_ = -1;
  int default_branch_ = -1;
  std::string default_branch_name_;
};

/// `a, b,c` as labels: split at commas, trimmed, without empty ones. They are parts of the text.
void split_labels(std::string_view text, std::vector<std::string_view>& labels);

/// `name:17`, built in a buffer that is reused.
std::string_view where_line(std::string& buffer, std::string_view name, std::uint64_t line);

}  // namespace tidemark
