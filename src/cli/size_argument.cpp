#include "cli/size_argument.hpp"

#include "cli/options.hpp"
#include "model/size.hpp"

namespace tidemark::cli {

std::uint64_t parse_size_argument(std::string_view option, std::string_view text) {
  if (const auto bytes = parse_size(text)) return *bytes;
  throw UsageError(std::string(option) + ": expected a size such as 128MB, found '" + std::string(text) + "'");
}

}  // namespace tidemark::cli
