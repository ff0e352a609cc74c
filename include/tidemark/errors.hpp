#pragma once
#include <stdexcept>
#include <string>

namespace tidemark {

/// The base of all failures that Tidemark reports. A message says what failed, on what, and what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller's input is wrong: usage, schema, configuration, a query. Retrying does not help (HTTP 4xx, exit code 2).
class InputError : public Error {
 public:
  using Error::Error;
};

/// The local store cannot be read or written. What was acknowledged before stays acknowledged.
class StoreError : public Error {
 public:
  using Error::Error;
};

/// A sink failed.
class SinkError : public Error {
 public:
  enum class Kind {
    transient,  ///< Trying again later may work (connection refused, serialization failure).
    permanent,  ///< Trying again will not work until somebody changes something (password, rights, table definition).
    in_doubt,   ///< A commit was sent and its answer was lost; sending again settles it.
    row,        ///< It takes no row like one of those that were sent; others it does.
  };
  SinkError(Kind kind, const std::string& message) : Error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace tidemark
