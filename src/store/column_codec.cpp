#include "store/column_codec.hpp"

#include <algorithm>
#include <bit>

#include "model/span_batch.hpp"

namespace tidemark {
namespace {

enum Encoding : std::uint8_t { kAbsent = 0, kConstant = 1, kOffsets = 2, kOffsetsOrAbsent = 3 };

struct Range {
  std::int64_t low = 0;
  std::int64_t high = 0;
  bool any = false;
  bool absent = false;
};

Range range_of(const std::vector<std::int64_t>& values) {
  Range r;
  for (const std::int64_t v : values) {
    if (v == kNull) {
      r.absent = true;
    } else if (!r.any) {
      r.low = r.high = v;
      r.any = true;
    } else {
      r.low = std::min(r.low, v);
      r.high = std::max(r.high, v);
    }
  }
  return r;
}

template <unsigned Width>
void append_offsets(const std::vector<std::int64_t>& values, std::uint64_t base, std::string& out) {
  const std::size_t at = out.size();
  // Eight bytes are written each time and the next one overwrites what is too much.
  out.resize(at + values.size() * Width + 8);
  char* p = out.data() + at;
  for (const std::int64_t v : values) {
    const std::uint64_t offset = v == kNull ? 0 : static_cast<std::uint64_t>(v) - base;
    std::memcpy(p, &offset, 8);
    p += Width;
  }
  out.resize(out.size() - 8);
}

template <unsigned Width>
void read_offsets(std::string_view bytes, std::uint64_t base, bool absent, std::vector<std::int64_t>& values) {
  const char* p = bytes.data();
  for (std::int64_t& v : values) {
    std::uint64_t offset = 0;
    std::memcpy(&offset, p, Width);
    p += Width;
    v = absent && offset == 0 ? kNull : static_cast<std::int64_t>(base + offset);
  }
}

template <typename Call>
void with_width(unsigned width, const Call& call) {
  switch (width) {
    case 1: return call.template operator()<1>();
    case 2: return call.template operator()<2>();
    case 3: return call.template operator()<3>();
    case 4: return call.template operator()<4>();
    case 5: return call.template operator()<5>();
    case 6: return call.template operator()<6>();
    case 7: return call.template operator()<7>();
    case 8: return call.template operator()<8>();
    default: throw StoreError("a stored column has a damaged width");
  }
}

struct Header {
  Encoding encoding;
  std::uint64_t base = 0;
  unsigned width = 0;
};

Header read_header(ByteReader& in) {
  Header h{static_cast<Encoding>(in.u8())};
  if (h.encoding > kOffsetsOrAbsent) throw StoreError("a stored column has an unknown encoding");
  if (h.encoding != kAbsent) h.base = static_cast<std::uint64_t>(in.signed_varint());
  if (h.encoding >= kOffsets) h.width = in.u8();
  if (h.encoding >= kOffsets && (h.width < 1 || h.width > 8)) throw StoreError("a stored column has a damaged width");
  return h;
}

}  // namespace

void encode_column(const std::vector<std::int64_t>& values, std::string& out) {
  const Range r = range_of(values);
  if (!r.any) return put_u8(out, kAbsent);
  if (r.low == r.high && !r.absent) {
    put_u8(out, kConstant);
    return put_signed(out, r.low);
  }
  // With absent values, 0 stands for those, so the base is one below the smallest value.
  const std::uint64_t base = static_cast<std::uint64_t>(r.low) - (r.absent ? 1 : 0);
  const std::uint64_t span = static_cast<std::uint64_t>(r.high) - base;
  const unsigned width = std::max(1u, static_cast<unsigned>(std::bit_width(span) + 7) / 8);
  put_u8(out, r.absent ? kOffsetsOrAbsent : kOffsets);
  put_signed(out, static_cast<std::int64_t>(base));
  put_u8(out, static_cast<std::uint8_t>(width));
  with_width(width, [&]<unsigned Width>() { append_offsets<Width>(values, base, out); });
}

void decode_column(ByteReader& in, std::size_t n, std::vector<std::int64_t>& values) {
  const Header h = read_header(in);
  if (h.encoding <= kConstant) {
    values.assign(n, h.encoding == kAbsent ? kNull : static_cast<std::int64_t>(h.base));
    return;
  }
  const std::string_view bytes = in.bytes(static_cast<std::uint64_t>(n) * h.width);
  values.resize(n);
  with_width(h.width, [&]<unsigned Width>() {
    read_offsets<Width>(bytes, h.base, h.encoding == kOffsetsOrAbsent, values);
  });
}

}  // namespace tidemark
