#include "model/span_columns.hpp"

#include <algorithm>

namespace tidemark {
namespace {

using Truths = std::vector<Truth>;

Truths compare_texts(const Predicate::Node& node, const std::vector<std::int64_t>& ids,
                     const std::vector<std::string_view>& texts) {
  Truths by_text(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool found = std::find(node.literals.begin(), node.literals.end(), texts[i]) != node.literals.end();
    by_text[i] = found ? Truth::yes : Truth::no;
  }
  Truths result(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    result[i] = ids[i] == kNull ? Truth::unknown : by_text[static_cast<std::size_t>(ids[i])];
  return result;
}

Truths compare_flags(bool flag, const std::vector<std::int64_t>& values) {
  Truths result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    result[i] = values[i] == kNull ? Truth::unknown : ((values[i] != 0) == flag ? Truth::yes : Truth::no);
  return result;
}

template <typename Combine>
void combine_top(std::vector<Truths>& stack, const Combine& combine) {
  const Truths right = std::move(stack.back());
  stack.pop_back();
  Truths& left = stack.back();
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = combine(left[i], right[i]);
}

void apply(const Predicate::Node& node, const SpanColumns& columns, const std::vector<std::string_view>& texts,
           std::vector<Truths>& stack) {
  switch (node.op) {
    case Predicate::Op::equals_any:
      stack.push_back(compare_texts(node, columns.fields[static_cast<std::size_t>(node.field)], texts));
      break;
    case Predicate::Op::truth_is:
      stack.push_back(compare_flags(node.flag, columns.fields[static_cast<std::size_t>(node.field)]));
      break;
    case Predicate::Op::logical_not:
      for (Truth& t : stack.back()) t = truth_not(t);
      break;
    case Predicate::Op::logical_and: combine_top(stack, truth_and); break;
    case Predicate::Op::logical_or: combine_top(stack, truth_or); break;
  }
}

}  // namespace

std::vector<std::uint8_t> matching_spans(const Predicate& where, const SpanColumns& columns,
                                         const std::vector<std::string_view>& texts) {
  std::vector<std::uint8_t> matches(columns.size(), 1);
  if (where.always()) return matches;
  std::vector<Truths> stack;
  for (const Predicate::Node& node : where.nodes) apply(node, columns, texts, stack);
  for (std::size_t i = 0; i < matches.size(); ++i) matches[i] = stack.back()[i] == Truth::yes;
  return matches;
}

std::int64_t round_to_step(std::int64_t value, std::int64_t step) {
  if (step == 1) return value;
  const std::int64_t rest = value % step;
  const std::int64_t down = value - rest;
  if (rest >= step - rest) return down + step;
  if (-rest >= step + rest) return down - step;
  return down;
}

void derive_fields(const SourceDef& source, SpanColumns& columns) {
  for (std::size_t f = 0; f < source.fields.size(); ++f) {
    const FieldDef& field = source.fields[f];
    if (!field.derived) continue;
    const auto& ends = columns.fields[static_cast<std::size_t>(field.derived->end)];
    const auto& starts = columns.fields[static_cast<std::size_t>(field.derived->start)];
    auto& values = columns.fields[f];
    values.resize(columns.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool known = ends[i] != kNull && starts[i] != kNull;
      // Clamped, not negative: decoding rejected or counted those already.
      values[i] = known ? round_to_step(std::max<std::int64_t>(0, ends[i] - starts[i]), field.step) : kNull;
    }
  }
}

}  // namespace tidemark
