#pragma once
#include <string>
#include <string_view>

#include <tidemark/errors.hpp>

namespace tidemark {

/// What PostgreSQL's five-character error code means for a sink. An empty code: the connection was lost.
/// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
SinkError::Kind kind_of_sqlstate(std::string_view sqlstate);

/// What to do about it; never empty.
std::string_view advice_for(std::string_view sqlstate);

/// The same for a connection that was not made, where libpq or a pooler says why in words only: refused certificates,
/// missing passwords and a pooler's refusals are permanent, everything else is transient.
SinkError::Kind kind_of_connect_message(std::string_view message);

/// Finds `28P01` in libpq's verbose message `… FATAL:  28P01: password authentication failed`, and takes it and the
/// server's source location out. Empty when there is none.
std::string take_sqlstate(std::string& message);

}  // namespace tidemark
