#pragma once
#include <string_view>

namespace tidemark {

/// The library's version, as in "0.1.0".
std::string_view version();

/// The first twelve digits of the commit it was built from; empty when it was built without git.
std::string_view git_commit();

}  // namespace tidemark
