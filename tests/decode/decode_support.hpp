#pragma once
#include <string>
#include <string_view>

#include "decode/decode.hpp"
#include "support/gzip.hpp"

namespace tidemark::test {

/// The shipped sources as the decoders see them, and a user's own, `deploy`. Made by hand, so that these tests do not
/// depend on the reading of TOML.
const Schema& schema();

/// What some bytes were decoded to.
struct Decoded {
  SpanBatch batch;
  DecodeReport report;
};

/// A context with the test schema, no defaults, received at 2026-01-02T00:00:00Z.
DecodeContext context(std::string_view name = "-");

using Decoder = void (*)(std::string_view, const DecodeContext&, SpanBatch&, DecodeReport&);
Decoded decode(Decoder decoder, std::string_view bytes, const DecodeContext& context = test::context());

/// One line a span, in their order: `job owner=acme job=build … duration=65.500001`; absent fields are left out.
/// Then one line a counter that is not zero, and one an example of a rejection.
std::string dump(const Decoded& decoded);

/// The same without the order of spans mattering, and with their identities: equal for equal batches.
std::string canonical(const Decoded& decoded);

/// A file below tests/corpus/.
std::string corpus(const std::string& path);

/// The text with the first `from`, which it must have, replaced.
std::string with(std::string text, std::string_view from, std::string_view to);

/// An OTLP export in JSON as the same export in protobuf. Only what valid exports have.
std::string to_protobuf(std::string_view otlp_json);

}  // namespace tidemark::test
