#include "rollup/gather.hpp"

namespace tidemark {
namespace {

/// Ids in the commit's dictionary for those of each request's.
class TextIds {
 public:
  TextIds(const std::vector<WaitingRequest*>& group, TextDictionary& texts) : texts_(texts), ids_(group.size()) {
    for (std::size_t g = 0; g < group.size(); ++g) {
      batches_.push_back(group[g]->request->batch);
      ids_[g].assign(batches_[g]->texts.size(), kNull);
    }
  }
  std::int64_t of(std::size_t request, std::int64_t text) {
    std::int64_t& id = ids_[request][static_cast<std::size_t>(text)];
    if (id == kNull) id = texts_.intern(batches_[request]->texts[text]);
    return id;
  }

 private:
  TextDictionary& texts_;
  std::vector<const SpanBatch*> batches_;
  std::vector<std::vector<std::int64_t>> ids_;
};

/// The spans of one source.
struct SourceSpans {
  std::vector<const AcceptedSpan*> spans;
  std::vector<const std::int64_t*> values;  ///< Where each span's values begin.
};

SpanColumns columns_of(int source, const SourceDef& def, const SourceSpans& from, TextIds& texts) {
  SpanColumns columns;
  columns.source = source;
  columns.identities.reserve(from.spans.size());
  for (const AcceptedSpan* accepted : from.spans) columns.identities.push_back(accepted->span->identity);
  columns.fields.resize(def.fields.size());
  for (std::size_t f = 0; f < def.fields.size(); ++f) {
    std::vector<std::int64_t>& column = columns.fields[f];
    column.resize(from.spans.size());
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = from.values[i][f];
    if (!is_text(def.fields[f].type)) continue;
    for (std::size_t i = 0; i < column.size(); ++i)
      if (column[i] != kNull) column[i] = texts.of(from.spans[i]->request, column[i]);
  }
  return columns;
}

}  // namespace

Commit gather(const std::vector<WaitingRequest*>& group, const std::vector<AcceptedSpan>& accepted,
              const Schema& schema, TextDictionary& texts) {
  std::vector<SourceSpans> by_source(schema.sources.size());
  std::vector<int> order;  // sources as they come
  for (const AcceptedSpan& a : accepted) {
    SourceSpans& spans = by_source[static_cast<std::size_t>(a.span->source)];
    if (spans.spans.empty()) order.push_back(a.span->source);
    spans.spans.push_back(&a);
    spans.values.push_back(group[a.request]->request->batch->values.data() + a.span->first_value);
  }
  TextIds ids(group, texts);
  Commit commit;
  commit.accepted_at = group.front()->request->now;
  for (const int source : order) {
    const auto s = static_cast<std::size_t>(source);
    commit.sources.push_back(columns_of(source, schema.sources[s], by_source[s], ids));
  }
  commit.texts = texts.texts();
  return commit;
}

}  // namespace tidemark
