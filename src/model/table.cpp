#include <tidemark/table.hpp>

#include <algorithm>
#include <bit>
#include <deque>
#include <stdexcept>

#include "model/cell.hpp"
#include "model/rows_builder.hpp"

namespace tidemark {
namespace {

Int128 join(std::uint64_t high, std::uint64_t low) {
  return static_cast<Int128>((static_cast<unsigned __int128>(high) << 64) | low);
}

std::int64_t power_of_ten(unsigned scale) {
  std::int64_t power = 1;
  for (; scale > 0; --scale) power *= 10;
  return power;
}

unsigned scale_of(std::int64_t divisor) {
  unsigned scale = 0;
  for (; divisor > 1; divisor /= 10) ++scale;
  return scale;
}

}  // namespace

Value Value::decimal(std::int64_t high, std::uint64_t low, unsigned scale) {
  Value value;
  value.kind_ = Kind::decimal;
  value.held_.words[0] = low;
  value.held_.words[1] = static_cast<std::uint64_t>(high);
  value.scale_ = static_cast<std::uint8_t>(scale);
  return value;
}

double Value::real() const {
  if (kind_ == Kind::real) return held_.real;
  if (kind_ == Kind::integer) return static_cast<double>(integer());
  if (kind_ != Kind::decimal) return 0;
  return to_double(Decimal{join(held_.words[1], held_.words[0]), power_of_ten(scale_)});
}

std::string Value::to_string() const {
  switch (kind_) {
    case Kind::null: return {};
    case Kind::integer: return std::to_string(integer());
    case Kind::real: return to_text(held_.real);
    case Kind::decimal: return to_text(Decimal{join(held_.words[1], held_.words[0]), power_of_ten(scale_)});
    case Kind::text: return std::string(text());
    case Kind::instant: return format_short(instant());
    case Kind::boolean: return boolean() ? "true" : "false";
    case Kind::text_list: break;
  }
  std::string all;
  for (const std::string& item : list()) all += (all.empty() ? "" : ",") + item;
  return all;
}

namespace {

struct WideDecimal {
  std::uint64_t low, high;
};

}  // namespace

struct Rows::Held {
  std::vector<Block> blocks;
  std::vector<std::uint32_t> order;
  // Deques, because what cells point to must not move.
  std::deque<std::string> texts;
  std::deque<std::vector<std::string>> lists;
  std::deque<WideDecimal> decimals;
};

Value::Value(std::uint64_t word, std::uint8_t tag) {
  const std::uint8_t kind = tag & 15;
  scale_ = tag >> 4;
  kind_ = kind == kWideDecimal ? Kind::decimal : static_cast<Kind>(kind);
  if (kind == kWideDecimal) {
    const auto& wide = *std::bit_cast<const WideDecimal*>(word);
    held_.words[0] = wide.low;
    held_.words[1] = wide.high;
  } else if (kind_ == Kind::text) {
    const auto& text = *std::bit_cast<const std::string*>(word);
    held_.text = {text.data(), text.size()};
  } else if (kind_ == Kind::text_list) {
    const auto& list = *std::bit_cast<const std::vector<std::string>*>(word);
    held_.list = {list.data(), list.size()};
  } else {
    held_.words[0] = word;
    held_.words[1] = kind_ == Kind::decimal && static_cast<std::int64_t>(word) < 0 ? ~std::uint64_t{0} : 0;
  }
}

Value Row::at(std::size_t column) const {
  if (column >= size()) throw std::out_of_range("the row has no such column");
  return (*this)[column];
}

Row Rows::at(std::size_t row) const {
  if (row >= size()) throw std::out_of_range("the table has no such row");
  return (*this)[row];
}

RowsBuilder::RowsBuilder(std::size_t width)
    : held_(std::make_shared<Rows::Held>()), width_(width), stride_(width + (width + 7) / 8) {}

void RowsBuilder::add_block() {
  held_->blocks.push_back(std::make_unique_for_overwrite<std::uint64_t[]>(Rows::kRowsPerBlock * stride_));
  block_ = held_->blocks.back().get();
}

RowCell RowsBuilder::text(std::string v) {
  return {std::bit_cast<std::uint64_t>(&held_->texts.emplace_back(std::move(v))), tag(Value::Kind::text)};
}

RowCell RowsBuilder::text_list(std::vector<std::string> v) {
  return {std::bit_cast<std::uint64_t>(&held_->lists.emplace_back(std::move(v))), tag(Value::Kind::text_list)};
}

RowCell RowsBuilder::wide_decimal(Int128 units, unsigned scale) {
  const WideDecimal wide{static_cast<std::uint64_t>(units), static_cast<std::uint64_t>(units >> 64)};
  return {std::bit_cast<std::uint64_t>(&held_->decimals.emplace_back(wide)),
          static_cast<std::uint8_t>(Value::kWideDecimal | scale << 4)};
}

RowCell RowsBuilder::copy(const Value& v) {
  switch (v.kind_) {
    case Value::Kind::text: return text(std::string(v.text()));
    case Value::Kind::text_list: return text_list({v.list().begin(), v.list().end()});
    case Value::Kind::decimal: return decimal(join(v.held_.words[1], v.held_.words[0]), v.scale_);
    default: return {v.held_.words[0], tag(v.kind_)};
  }
}

RowCell RowsBuilder::cell(Cell v) {
  struct Make {
    RowsBuilder& rows;
    RowCell operator()(std::monostate) const { return {}; }
    RowCell operator()(std::int64_t n) const { return integer(static_cast<std::uint64_t>(n)); }
    RowCell operator()(const Decimal& d) const { return rows.decimal(d.units, scale_of(d.divisor)); }
    RowCell operator()(double d) const { return real(d); }
    RowCell operator()(std::string& text) const { return rows.text(std::move(text)); }
    RowCell operator()(std::vector<std::string>& texts) const { return rows.text_list(std::move(texts)); }
    RowCell operator()(Instant t) const { return RowsBuilder::instant(t); }
    RowCell operator()(bool b) const { return RowsBuilder::boolean(b); }
  };
  return std::visit(Make{*this}, v);
}

Cell RowsBuilder::to_cell(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::null: return {};
    case Value::Kind::integer: return v.integer();
    case Value::Kind::real: return v.real();
    case Value::Kind::decimal: return Decimal{join(v.held_.words[1], v.held_.words[0]), power_of_ten(v.scale_)};
    case Value::Kind::text: return std::string(v.text());
    case Value::Kind::text_list: return std::vector<std::string>(v.list().begin(), v.list().end());
    case Value::Kind::instant: return v.instant();
    case Value::Kind::boolean: return v.boolean();
  }
  return {};
}

Rows RowsBuilder::finish(std::vector<std::uint32_t> order) {
  if (held_->blocks.size() == 1) {
    // Small tables stay small.
    auto exact = std::make_unique_for_overwrite<std::uint64_t[]>(size_ * stride_);
    std::copy_n(block_, size_ * stride_, exact.get());
    held_->blocks.front() = std::move(exact);
  }
  held_->order = std::move(order);
  Rows rows;
  rows.size_ = size_;
  rows.width_ = width_;
  rows.stride_ = stride_;
  rows.blocks_ = held_->blocks.data();
  rows.order_ = held_->order.data();
  rows.held_ = std::move(held_);
  return rows;
}

}  // namespace tidemark
