#pragma once
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/time.hpp>

namespace tidemark::agent {

/// Lets a message that repeats itself through once a minute. Pure.
class RateLimit {
 public:
  static constexpr Micros kEvery = minutes(1);
  static constexpr std::size_t kMostKeys = 1000;
  /// Whether to let it through now, and how many of its kind were held back before; nothing: hold it back.
  std::optional<std::uint64_t> admit(const std::string& key, Instant now);
  /// The next one goes through. False when there was none.
  bool forget(const std::string& key) { return held_.erase(key) != 0; }

 private:
  struct Held {
    Instant since;
    std::uint64_t count = 0;
  };
  std::map<std::string, Held> held_;
};

/// Structured lines for people or programs: a message and named values.
/// `2026-01-01T00:00:00.000000Z info listening address=127.0.0.1:4318`, or the same as a JSON object.
/// No caller hands it a secret. Threads: any.
class Log {
 public:
  enum class Level : std::uint8_t { debug, info, warn, error };
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  using Clock = std::function<Instant()>;

  /// To stderr, or to `out`, which must outlive it.
  Log(Clock clock, bool json, std::ostream* out = nullptr);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Lines below it are not written. `debug`, `info`, `warn` or `error`.
  void set_level(std::string_view level);

  void debug(std::string_view message, const Fields& fields = {}) { write(Level::debug, message, fields); }
  void info(std::string_view message, const Fields& fields = {}) { write(Level::info, message, fields); }
  void warn(std::string_view message, const Fields& fields = {}) { write(Level::warn, message, fields); }
  void error(std::string_view message, const Fields& fields = {}) { write(Level::error, message, fields); }
  /// For what may come again and again: once a minute for each key, with how often it came meanwhile.
  void repeated(Level level, const std::string& key, std::string_view message, Fields fields = {});
  /// What `repeated` is told of under this key is over. False when it was told of nothing.
  bool over(const std::string& key);

 private:
  class Output;
  void write(Level level, std::string_view message, const Fields& fields);

  Clock clock_;
  bool json_;
  std::unique_ptr<Output> output_;
  std::mutex mutex_;  // guards limit_
  RateLimit limit_;
};

}  // namespace tidemark::agent
