#include <catch2/catch.hpp>

#include <tidemark/engine.hpp>

namespace tidemark {

TEST_CASE("sizes follow the memory that is given, and the defaults are for 256 MB") {
  EngineOptions options;
  options.fit_memory(256u << 20);
  const EngineOptions usual;
  CHECK(options.block_cache_bytes == usual.block_cache_bytes);
  CHECK(options.checkpoint_spans == usual.checkpoint_spans);
  CHECK(options.chunk_spans == usual.chunk_spans);
  options.fit_memory(128u << 20);
  CHECK(options.write_buffer_bytes == usual.write_buffer_bytes / 2);
  CHECK(options.identity_filter_bytes == usual.identity_filter_bytes / 2);
  CHECK(options.open_bytes == usual.open_bytes / 2);
  CHECK(options.checkpoint_spans == usual.checkpoint_spans / 2);
}

TEST_CASE("more memory means larger caches, but no longer replays") {
  EngineOptions options;
  options.fit_memory(std::uint64_t{4} << 30);
  const EngineOptions usual;
  CHECK(options.block_cache_bytes == 16 * usual.block_cache_bytes);
  CHECK(options.checkpoint_spans == usual.checkpoint_spans);
}

TEST_CASE("too little memory is refused") { CHECK_THROWS_AS(EngineOptions().fit_memory(32u << 20), InputError); }

}  // namespace tidemark
