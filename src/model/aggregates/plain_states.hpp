#pragma once
#include "model/aggregate.hpp"

/// How the states that need nothing but their two words are stored. Inline, because whoever reads many rows decodes
/// little else.
namespace tidemark {

inline void decode_count(ByteReader& in, State& state) { state.n = static_cast<std::int64_t>(in.varint()); }

inline void decode_sum(ByteReader& in, State& state) {
  state.n = static_cast<std::int64_t>(in.varint());
  state.v = state.n != 0 ? in.int128() : 0;
}

inline void decode_extreme(ByteReader& in, State& state) {
  state.n = in.u8();
  state.v = state.n != 0 ? in.signed_varint() : 0;
}

}  // namespace tidemark
