#pragma once
#include <string>

namespace tidemark::cli {

/// What is in this program beside what `version_text` names: `OpenSSL 3.0.15, zlib 1.2.13, …`.
std::string library_versions();

}  // namespace tidemark::cli
